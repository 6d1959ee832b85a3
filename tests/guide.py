"""The webhook of UiPath's API guide: https://docs.uipath.com/orchestrator/standalone/2023.4/api-guide/webhooks-requests."""

URL = "http://documentation.azurewebsites.net/webhook/documentation"
EVENTS = ["job.started", "process.created", "process.deleted", "process.updated", "queue.created"]
WEBHOOK = {
    "Url": URL,
    "Enabled": True,
    "Secret": "1234567890",
    "SubscribeToAllEvents": False,
    "AllowInsecureSsl": False,
    "Id": 4,
    "Events": [{"EventType": name} for name in EVENTS],
}
