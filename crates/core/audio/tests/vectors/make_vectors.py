#!/usr/bin/env python3
"""Makes g722.codes and g722.samples with a coder that is not ours: spandsp, as Debian packages it
(apt-get install libspandsp2). Run it in this folder; the input is made here and, again, in g722.rs."""
import ctypes
import struct

spandsp = ctypes.CDLL("libspandsp.so.2")
for make in (spandsp.g722_encode_init, spandsp.g722_decode_init):
    make.restype = ctypes.c_void_p
pointer, number = ctypes.c_void_p, ctypes.c_int
spandsp.g722_encode.argtypes = [pointer, pointer, pointer, number]
spandsp.g722_decode.argtypes = [pointer, pointer, pointer, number]


def sound():
    """A second of sound at 16 kHz by whole numbers alone: noise and square waves of many levels,
    never so loud that a band leaves its 15 bits (there spandsp departs from the recommendation)."""
    state = 1
    for n in range(16_000):
        state = (state * 1_664_525 + 1_013_904_223) & 0xFFFFFFFF
        noise = (state >> 16) - 32_768
        level = 15 - n // 500 % 16
        period = 4 + n // 1_000 * 7
        square = 12_000 if n % period < period // 2 else -12_000
        yield (noise >> 1 if n // 500 % 2 else square) >> level


samples = list(sound())
pcm = (ctypes.c_int16 * len(samples))(*samples)
codes = (ctypes.c_uint8 * (len(samples) // 2))()
encoder = spandsp.g722_encode_init(None, 64_000, 0)
assert spandsp.g722_encode(encoder, codes, pcm, len(samples)) == len(codes)
decoded = (ctypes.c_int16 * len(samples))()
decoder = spandsp.g722_decode_init(None, 64_000, 0)
assert spandsp.g722_decode(decoder, decoded, codes, len(codes)) == len(samples)
open("g722.codes", "wb").write(bytes(codes))
open("g722.samples", "wb").write(struct.pack(f"<{len(decoded)}h", *decoded))
