"""Rotation of a webhook's secret: both ends change, and at no moment is an authentic event refused.

What holds at every moment, whatever crashes: **every secret Orchestrator may be signing with is on one of the stages
that ingest reads** (relay.keyring.STAGES), and has been for long enough that every warm ingest knows it. So

- a secret is put on RELAYSENT before it is sent to Orchestrator, and only after every warm ingest has read it;
- RELAYSENT leaves a version only when Orchestrator has proved, by a ping for every webhook, that it signs with another,
  and what it had signed before has arrived;
- AWSPREVIOUS is dropped on the same proof;
- stages are moved so that whoever reads them one after the other, while they move, still finds the secret in use.

Outside a rotation RELAYSENT is on the version of AWSCURRENT, from sync's first canary on, so that the secret in use
keeps a stage when AWSCURRENT is moved by hand. Elsewhere it says which version a rotation had sent.
"""
