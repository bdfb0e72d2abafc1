"""What a recording is written through: the file in memory, pictures copied or encoded anew, sound encoded anew.

Runs in the confined process only, as ``film`` does, which reads the recording.
"""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import av
import av.audio.resampler
import av.bitstream
import av.filter
import pyvips

from palabre.media import rendering
from palabre.media.rendering import Refused

MOST_RATE = 60
"""Frames a second of what is encoded anew."""
TICKS = 90_000
"""The clock of what we write: 1/90000 s."""
_WITHOUT_MESSAGES = "filter_units=pass_types=1-5|7-8"
"""Of H.264, only slices and parameter sets: supplemental messages (SEI) hold what cameras like to add."""


class Output(io.RawIOBase):
    """A file in memory that the muxer may open a second time, to move the index to the front."""

    def __init__(self, content: bytearray, most: int) -> None:
        self._content, self._most, self._at = content, most, 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def writable(self) -> bool:
        """It can be written."""
        return True

    def seekable(self) -> bool:
        """Any place can be gone to."""
        return True

    def tell(self) -> int:
        """Tell the place."""
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place."""
        self._at = offset + (0, self._at, len(self._content))[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Read from here."""
        end = len(self._content) if size < 0 else self._at + size
        part = bytes(self._content[self._at : end])
        self._at += len(part)
        return part

    def write(self, part: Any) -> int:
        """Write here.

        Raises:
            Refused: it becomes bigger than it may be.

        """
        end = self._at + len(part)
        if end > self._most:
            raise Refused("bomb")
        if self._at > len(self._content):
            self._content.extend(bytes(self._at - len(self._content)))
        self._content[self._at : end] = part
        self._at = end
        return len(part)


class CopiedPictures:
    """Pictures that are copied as they are encoded."""

    scale = 1.0

    def __init__(self, target: Any, source: Any) -> None:
        self.stream = target.add_stream_from_template(source, opaque=True)
        self.stream.metadata.clear()
        self.target = target
        self.filter = None
        if source.codec_context.name == "h264":
            self.filter = av.bitstream.BitStreamFilterContext(_WITHOUT_MESSAGES, source, self.stream)

    def take(self, packet: Any) -> None:
        """Copy what a packet holds."""
        if packet.dts is None:
            return
        for part in self.filter.filter(packet) if self.filter is not None else (packet,):
            self._write(part)

    def finish(self) -> None:
        """Write what is still held back."""
        for part in self.filter.filter(None) if self.filter is not None else ():
            self._write(part)

    def _write(self, part: Any) -> None:
        """Write the picture, and nothing that a container hangs on it: WebM lets anything be added to a block."""
        bare = av.Packet(bytes(part))
        bare.pts, bare.dts, bare.time_base = part.pts, part.dts, part.time_base
        bare.duration, bare.is_keyframe, bare.stream = part.duration, part.is_keyframe, self.stream
        self.target.mux(bare)


class EncodedPictures:
    """Pictures that are decoded and become H.264, upright, reduced to what ``limits`` allow."""

    def __init__(self, target: Any, source: Any, limits: dict[str, int]) -> None:
        self.target, self.source, self.limits = target, source, limits
        self.stream: Any = None
        self.poster: Any = None
        self.scale = 1.0
        self.first: Fraction | None = None
        self.last = -1

    def take(self, packet: Any) -> None:
        """Draw what a packet holds."""
        for frame in self.source.decode(packet):
            self._draw(frame)

    def _draw(self, frame: Any) -> None:
        if frame.width * frame.height > self.limits["pixels_film"]:
            raise Refused("film_pixels", width=frame.width, height=frame.height)  # it may change on the way
        if frame.pts is None:
            return
        moment = frame.pts * self.source.time_base
        if self.first is None:
            self.first = moment
        at = int((moment - self.first) * TICKS)
        if self.last >= 0 and at < self.last + TICKS // (MOST_RATE + 1):
            return
        self.last = at
        if self.poster is None:
            self.poster = upright(frame)
        turned = _turned(frame)
        if self.stream is None:
            self._open(turned)
        drawn = turned.reformat(self.stream.width, self.stream.height, "yuv420p", dst_color_range=1)
        self._write(drawn, at)

    def _open(self, frame: Any) -> None:
        limits = self.limits
        self.scale = rendering.scale_to(frame.width, frame.height, limits["pixels_film_out"], limits["side_film"])
        self.stream = stream_of(
            self.target,
            max(2, int(frame.width * self.scale) // 2 * 2),
            max(2, int(frame.height * self.scale) // 2 * 2),
        )

    def _write(self, drawn: Any, at: int) -> None:
        write_frame(self.target, self.stream, drawn, at)

    def finish(self) -> None:
        """Write what is still held back."""
        for frame in self.source.decode(None):
            self._draw(frame)
        if self.stream is not None:
            self.target.mux(self.stream.encode(None))


def stream_of(target: Any, width: int, height: int) -> Any:
    """Add an H.264 stream of this size, both even."""
    options = {"preset": "veryfast", "crf": "23", "threads": "1", "x264-params": "info=0:threads=1"}
    stream = target.add_stream("libx264", options=options)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.codec_context.time_base = Fraction(1, TICKS)
    stream.time_base = Fraction(1, TICKS)
    stream.codec_context.framerate = Fraction(30)
    stream.codec_context.bit_rate = 0
    return stream


def write_frame(target: Any, stream: Any, drawn: Any, at: int) -> None:
    """Encode ``drawn`` for the moment ``at``, in 1/90000 s."""
    drawn.pts, drawn.time_base = at, Fraction(1, TICKS)
    drawn.pict_type = 0
    try:
        target.mux(stream.encode(drawn))
    except av.error.ExternalError:
        raise Refused("bomb") from None  # all that x264 says when there is no more memory


class Sound:
    """Sound, always encoded anew: AAC in MP4, Opus in WebM."""

    def __init__(self, target: Any, source: Any, *, opus: bool) -> None:
        self.target, self.source = target, source
        self.channels = 1 if source.codec_context.channels == 1 else 2
        self.layout = "mono" if self.channels == 1 else "stereo"
        self.rate = (
            48_000
            if opus or source.codec_context.sample_rate not in {44_100, 32_000}
            else (source.codec_context.sample_rate)
        )
        self.stream = target.add_stream("libopus" if opus else "aac", rate=self.rate, layout=self.layout)
        self.stream.codec_context.bit_rate = 64_000 * self.channels
        self.resampler: Any = None
        self.format = "flt" if opus else "fltp"
        self.frame_size = 960 if opus else 1_024
        self.heard = False
        self.at = 0
        self.offset: int | None = None

    def take(self, packet: Any) -> None:
        """Write what a packet holds."""
        for frame in self.source.decode(packet):
            self._hear(frame)

    def _hear(self, frame: Any) -> None:
        if self.resampler is None:
            self.resampler = av.AudioResampler(self.format, self.layout, self.rate, frame_size=self.frame_size)
        if self.offset is None:
            self.offset = max(0, int((frame.pts or 0) * self.source.time_base * self.rate))
        frame.pts = None
        for part in self.resampler.resample(frame):
            self._write(part)

    def _write(self, part: Any) -> None:
        part.pts, part.time_base = self.at + (self.offset or 0), Fraction(1, self.rate)
        self.at += part.samples
        self.heard = True
        self.target.mux(self.stream.encode(part))

    def finish(self) -> None:
        """Write what is still held back."""
        for frame in self.source.decode(None):
            self._hear(frame)
        if self.resampler is not None:
            for part in self.resampler.resample(None):
                self._write(part)
        if self.heard:
            self.target.mux(self.stream.encode(None))


def frame_of(image: Any) -> Any:
    """Return a picture of pyvips as a frame."""
    rgb = image[0:3].write_to_memory()
    frame = av.VideoFrame(image.width, image.height, "rgb24")
    plane = frame.planes[0]
    row = image.width * 3
    if plane.line_size == row:
        plane.update(bytes(rgb))
    else:
        gap = bytes(plane.line_size - row)
        plane.update(b"".join(bytes(rgb[at : at + row]) + gap for at in range(0, row * image.height, row)))
    return frame


def _turned(frame: Any) -> Any:
    """Return ``frame`` as it is to be seen: telephones film lying down, and say so."""
    steps = {90: ["cclock"], 180: ["cclock", "cclock"], 270: ["clock"]}.get(int(frame.rotation) % 360)
    if not steps:
        return frame
    graph = av.filter.Graph()
    last = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, TICKS))
    begin = last
    for direction in steps:
        following = graph.add("transpose", dir=direction)
        last.link_to(following)
        last = following
    end = graph.add("buffersink")
    last.link_to(end)
    graph.configure()
    begin.push(frame)
    return end.pull()


def upright(frame: Any) -> Any:
    """Return ``frame`` as a picture of pyvips."""
    drawn = _turned(frame).reformat(format="rgb24")
    plane = drawn.planes[0]
    raw = bytes(plane)
    row = drawn.width * 3
    if plane.line_size != row:
        raw = b"".join(raw[at : at + row] for at in range(0, plane.line_size * drawn.height, plane.line_size))
    return pyvips.Image.new_from_memory(raw, drawn.width, drawn.height, 3, "uchar").copy(interpretation="srgb")
