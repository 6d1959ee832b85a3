"""Everything that is UiPath: signature, catalogue, payloads, links."""
