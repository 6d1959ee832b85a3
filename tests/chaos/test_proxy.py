from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError

from local.aws import REGION
from local.cloud import LocalCloud
from tests.chaos.kill import Side, killing
from tests.chaos.proxy import Call, FaultProxy

pytestmark = pytest.mark.chaos


@pytest.mark.parametrize(("side", "done"), [("before", False), ("after", True)])
def test_a_call_cut_off_is_done_or_not(cloud: LocalCloud, side: Side, done: bool) -> None:
    bucket, deaths = cloud.stack.outputs["ArchiveBucketName"], list[str]()
    with FaultProxy(cloud.aws.url) as proxy:
        s3: Any = botocore.session.get_session().create_client(
            "s3",
            region_name=REGION,
            endpoint_url=proxy.environment()["AWS_ENDPOINT_URL_S3"],
            config=Config(retries={"total_max_attempts": 1}),
        )
        with proxy.watched(killing(lambda: deaths.append("died"), {2: side})) as calls:
            s3.put_object(Bucket=bucket, Key=f"proxy/{side}/1")
            with pytest.raises(ConnectionClosedError):
                s3.put_object(Bucket=bucket, Key=f"proxy/{side}/2")
        s3.put_object(Bucket=bucket, Key=f"proxy/{side}/3")
        s3.close()

    assert calls == [Call(1, "s3", "PutObject"), Call(2, "s3", "PutObject")]
    assert deaths == ["died"]
    listed = cloud.aws.client("s3").list_objects_v2(Bucket=bucket, Prefix=f"proxy/{side}/")["Contents"]
    assert [item["Key"][-1] for item in listed] == (["1", "2", "3"] if done else ["1", "3"])
