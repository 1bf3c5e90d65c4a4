"""Whatever the frame: after two steps it is equal, or it was told of, or an error named the column."""

import random
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.child import frames_driver, random_frames

settings.register_profile("frames", max_examples=200, deadline=None, derandomize=True)
settings.register_profile("frames-long", max_examples=5000, deadline=None)


@settings(settings.get_profile("frames"), suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(st.randoms(use_true_random=False))
def test_no_frame_comes_back_silently_different(source: random.Random) -> None:
    frame = random_frames.random_frame(source)
    with tempfile.TemporaryDirectory() as folder:
        frames_driver.two_steps(frame, str(Path(folder) / "table.arrow"))
