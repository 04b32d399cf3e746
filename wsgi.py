"""What a WSGI server imports: opens the service that the environment describes and serves it.

``granian --interface wsgi wsgi:app`` or any other WSGI server will do; ``matchmaker serve`` does it
with the settings that measured best.
"""

import atexit
import sys

from matchmaker.processes import end_with_parent, settle_memory
from matchmaker.settings import Settings
from matchmaker.usecases.brokering.clock import Clock
from matchmaker.usecases.feeding.delivering import Deliverer
from matchmaker.usecases.opening import open_service
from matchmaker.web.app import create_app

settings = Settings.from_environment()
if settings.server_pid:
    end_with_parent(settings.server_pid)
service = open_service(settings, announce=lambda line: print(line, file=sys.stderr, flush=True))
atexit.register(service.close)
deliverer = Deliverer(service).start()
atexit.register(deliverer.stop)
clock = Clock(service).start()
atexit.register(clock.stop)
app = create_app(service)
settle_memory()
