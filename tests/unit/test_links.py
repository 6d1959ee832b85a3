import pytest

from relay.orchestrator.links import job_link, process_link

CLOUD = "https://cloud.uipath.com/acme/Production/orchestrator_"
KEY = "9cc6c2e4-237d-42f6-8cb8-43010652fb22"


def test_a_job_has_its_side_panel():
    assert job_link(CLOUD, KEY, "1") == f"{CLOUD}/jobs(sidepanel:sidepanel/jobs/{KEY}/details)?fid=1"
    assert job_link(f"{CLOUD}/", KEY, None) == f"{CLOUD}/jobs(sidepanel:sidepanel/jobs/{KEY}/details)"


def test_a_process_has_its_page():
    assert process_link(CLOUD, "358", "1") == f"{CLOUD}/processes/358/edit?fid=1"


@pytest.mark.parametrize("base", [None, "", "https://orchestrator.example.com"])
def test_no_link_is_made_up_where_its_form_is_unknown(base):
    assert job_link(base, KEY, "1") is None


def test_no_link_without_a_key():
    assert job_link(CLOUD, None, "1") is None


def test_foreign_text_cannot_leave_its_place_in_a_link():
    link = job_link(CLOUD, "a/b?c|d>e#f", "1&x=y")

    assert link == f"{CLOUD}/jobs(sidepanel:sidepanel/jobs/a%2Fb%3Fc%7Cd%3Ee%23f/details)?fid=1%26x%3Dy"
