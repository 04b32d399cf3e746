"""What a WSGI server imports: opens the service that the environment describes and serves it.

``granian --interface wsgi wsgi:app`` or any other WSGI server will do; ``matchmaker serve`` does it
with the settings that measured best.
"""

import atexit
import sys

from matchmaker.settings import Settings
from matchmaker.usecases.opening import open_service
from matchmaker.web.app import create_app

service = open_service(
    Settings.from_environment(), announce=lambda line: print(line, file=sys.stderr, flush=True)
)
atexit.register(service.close)
app = create_app(service)
