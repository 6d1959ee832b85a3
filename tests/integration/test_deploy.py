"""template.yaml in the embedded AWS: all of it is there, IAM bites, and the known gaps are closed."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local import deploy
from local.aws import HOST, REGION, LocalAws, client, free_port
from local.build import ROOT, Build, build
from local.child import listens_on
from local.cloud import WEBHOOK_SECRET, LocalCloud
from relay.orchestrator import sources

SWITCHED_OFF = {"TlsRequired", "AlarmsMailed", "SecretRotated"}
VERSIONED = {"AWS::Serverless::LayerVersion"}  # their logical ids bear a digest of their content
TOKEN_LENGTH = len("506d6582-c8d2-4f29-b30e-258f7cc9a394")


def test_every_resource_of_the_template_is_there(cloud: LocalCloud) -> None:
    wanted = {
        name
        for name, resource in cloud.build.template["Resources"].items()
        if resource["Type"] not in VERSIONED
        and resource.get("Condition") not in SWITCHED_OFF
        and "Metrics" not in resource.get("Properties", {})  # local/deploy.py leaves alarms on sums out
    }

    assert wanted - cloud.stack.resources.keys() == set()


def test_outputs_are_the_templates_and_where_things_are_here(cloud: LocalCloud) -> None:
    outputs = cloud.outputs()

    assert cloud.build.template["Outputs"].keys() <= outputs.keys()
    assert outputs["AwsEndpointUrl"] == cloud.aws.url
    assert outputs["Region"] == REGION
    assert outputs["WebhookSecret"] == WEBHOOK_SECRET
    assert len(cloud.stack.token) == TOKEN_LENGTH
    assert outputs["WebhookUrl"] == f"{cloud.edge.url}/webhooks/{cloud.stack.token}/main"
    assert outputs["RuntimeUrl"] == cloud.host.url


def test_the_simulated_orchestrator_is_source_main_for_every_function_that_reads_the_configuration(cloud):
    configured = Path(cloud.outputs()["ConfigPath"])
    functions = [cloud.host.function(name).variables for name in cloud.host.names()]

    main = sources.load(configured).sources["main"]

    assert (main.base_url, main.mode) == (cloud.orchestrator.address, "enforce")
    assert {one["CONFIG_PATH"] for one in functions if "CONFIG_PATH" in one} == {str(configured)}
    assert {f"{one['WEBHOOKS_URL']}/main" for one in functions if "WEBHOOKS_URL" in one} == {
        cloud.outputs()["WebhookUrl"]
    }


def test_outputs_name_secrets_by_arn_as_in_aws(cloud: LocalCloud) -> None:
    outputs = cloud.outputs()

    arns = [outputs["MainWebhookSecretArn"], outputs["MainApiSecretArn"]]

    assert all(arn.startswith(f"arn:aws:secretsmanager:{REGION}:") for arn in arns)


def test_secret_of_main_is_the_one_orchestrator_signs_with(cloud: LocalCloud) -> None:
    secrets = cloud.aws.client("secretsmanager")

    value = secrets.get_secret_value(SecretId=cloud.outputs()["MainWebhookSecretArn"])

    assert value["SecretString"] == WEBHOOK_SECRET


def test_the_deployed_route_leads_to_ingest(cloud: LocalCloud) -> None:
    found = cloud.edge.api.match("POST", f"/webhooks/{cloud.stack.token}/main")

    assert found is not None
    assert found[0].function == cloud.stack.functions["IngestFunction"]
    assert found[1] == {"source": "main"}
    assert cloud.edge.api.match("POST", "/webhooks/guessed/main") is None


def test_every_function_runs_in_the_runtime_host(cloud: LocalCloud) -> None:
    assert cloud.host.names() == sorted(cloud.stack.functions.values())

    answer = cloud.aws.client("lambda").invoke(
        FunctionName=cloud.stack.functions["IngestFunction"], Payload=json.dumps({"rawPath": "/"}).encode()
    )

    # By whatever the function said, a worker of the host ran it.
    assert answer["StatusCode"] == 200
    assert cloud.host.worker_pids(cloud.stack.functions["IngestFunction"])


def role_client(cloud: LocalCloud, function: str, service: str) -> Any:
    """A client with the credentials of a function's role."""
    import botocore.session

    held = cloud.host.credentials(cloud.host.function(cloud.stack.functions[function]))
    return botocore.session.get_session().create_client(
        service,
        region_name=REGION,
        endpoint_url=cloud.aws.url,
        aws_access_key_id=held.access_key_id,
        aws_secret_access_key=held.secret_access_key,
        aws_session_token=held.session_token,
    )


def test_a_role_may_not_do_what_its_policy_does_not_say(cloud: LocalCloud) -> None:
    bucket = cloud.stack.outputs["ArchiveBucketName"]
    archive = role_client(cloud, "ArchiveFunction", "s3")

    archive.put_object(Bucket=bucket, Key="events/test", Body=b"")
    with pytest.raises(ClientError, match="AccessDenied"):
        archive.put_object(Bucket=bucket, Key="elsewhere", Body=b"")
    with pytest.raises(ClientError, match="AccessDenied"):
        archive.list_objects_v2(Bucket=bucket)
    cloud.aws.client("s3").delete_object(Bucket=bucket, Key="events/test")


def test_whoever_may_send_a_message_may_send_a_batch(cloud: LocalCloud) -> None:
    notify = role_client(cloud, "NotifyFunction", "sqs")
    twins = [{"Id": "1", "MessageBody": "x"}, {"Id": "1", "MessageBody": "x"}]

    with pytest.raises(ClientError, match="AccessDenied"):
        notify.send_message_batch(QueueUrl=cloud.stack.outputs["ArchiveQueueUrl"], Entries=twins)
    with pytest.raises(ClientError, match="BatchEntryIdsNotDistinct"):  # allowed, but nothing is left behind
        notify.send_message_batch(QueueUrl=cloud.stack.outputs["DeliveryQueueUrl"], Entries=twins)


def test_embedded_aws_listens_on_loopback_only(tmp_path: Path) -> None:
    with LocalAws(free_port(), tmp_path) as aws:
        assert aws.pid is not None
        assert set(listens_on(aws.pid)) == {HOST}


def test_failed_deployment_names_the_resource(tmp_path: Path) -> None:
    directory = tmp_path / "template"
    directory.mkdir()
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": deploy.ARTIFACTS}}
    (directory / "template.yaml").write_text(json.dumps({"Resources": {"Twin": bucket}, "Globals": {"Function": {}}}))

    with LocalAws(free_port(), tmp_path) as aws, pytest.raises(deploy.DeployFailed, match=r"Twin: .*already exists"):
        deploy.deploy(Build(directory), aws)


def test_unchanged_content_is_not_built_again() -> None:
    first = build()
    made = first.directory.stat().st_mtime_ns

    second = build()

    assert second.directory == first.directory
    assert second.directory.stat().st_mtime_ns == made
    assert first.directory.is_relative_to(ROOT / ".relay")


def test_clients_are_made_once() -> None:
    assert client("sqs", "http://127.0.0.1:1") is client("sqs", "http://127.0.0.1:1")
