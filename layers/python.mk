# The Python to build with: 3.13 for Lambda, unless the local cloud says another in RELAY_BUILD_PYTHON.
PYTHON := $(or $(RELAY_BUILD_PYTHON),$(shell sh $(ROOT)/local/python.sh 3.13))
ifeq ($(PYTHON),)
$(error No Python 3.13 was found, and only it can compile what Lambda runs. Install it, or name one in RELAY_PYTHON)
endif
COMPILE = "$(PYTHON)" -m compileall -q --invalidation-mode unchecked-hash -s "$(ARTIFACTS_DIR)"
