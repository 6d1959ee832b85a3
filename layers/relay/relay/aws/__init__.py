"""One module per AWS service: the only importers of botocore."""
