"""Sounds and point clouds, made in code."""

from __future__ import annotations

import base64
import io
import struct
import wave
import zlib


def wav(seconds: float = 2.0, rate: int = 8000) -> io.BytesIO:
    """Silence as WAV."""
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(2 * int(seconds * rate)))
    stream.seek(0)
    return stream


def wav_of(samples: bytes, *, bits: int = 16, coding: int = 1, rate: int = 8000, channels: int = 1) -> bytes:
    """A WAV file of samples that are given as its coding has them."""
    wide = channels * bits // 8
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, coding, channels, rate, rate * wide, wide, bits)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(samples)) + samples
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def flac(samples: int = 44_100, rate: int = 44_100) -> bytes:
    """The beginning of a FLAC file, with its description."""
    packed = (rate << 44 | 1 << 41 | 15 << 36 | samples).to_bytes(8, "big")
    return b"fLaC\x80\0\0\x22" + bytes(10) + packed + bytes(16) + b"\xff\xf8" + bytes(100)


def ogg_page(serial: int, granule: int, packet: bytes) -> bytes:
    """A page with one packet."""
    return struct.pack("<4sBBqIIIBB", b"OggS", 0, 2, granule, serial, 0, 0, 1, len(packet)) + packet


def opus(seconds: int = 3) -> bytes:
    """An Ogg file whose pages say that it holds Opus."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48_000, 0, 0)
    return ogg_page(7, 0, head) + ogg_page(7, 48_000 * seconds + 312, b"x" * 50)


def vorbis(seconds: int = 3) -> bytes:
    """An Ogg file whose pages say that it holds Vorbis."""
    head = b"\x01vorbis" + struct.pack("<IBIiiiBB", 0, 1, 44_100, 0, 0, 0, 0xB8, 1)
    return ogg_page(7, 0, head) + ogg_page(9, 99, b"of another") + ogg_page(7, 44_100 * seconds, b"x" * 50)


def mp3(frames: int = 100, *, tagged: bool = False, info: bool = False) -> bytes:
    """Frames of MPEG 1 layer III, 128 kbit/s at 44.1 kHz: 417 bytes and 1152 samples each."""
    frame = b"\xff\xfb\x90\x00" + bytes(413)
    first = frame[:36] + b"Info" + frame[40:] if info else b""
    tag = b"ID3\x04\0\0" + bytes([0, 0, 1, 0]) + bytes(128) if tagged else b""
    return tag + first + frame * frames


def box(name: bytes, content: bytes) -> bytes:
    """A box of an MP4 file."""
    return struct.pack(">I4s", 8 + len(content), name) + content


def mp4(seconds: int = 3, *handlers: bytes) -> bytes:
    """An MP4 file with tracks of these sorts."""
    head = box(b"mvhd", bytes(12) + struct.pack(">II", 1000, seconds * 1000) + bytes(80))
    tracks = [
        box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + sort + bytes(13)))) for sort in (handlers or (b"soun",))
    ]
    return box(b"ftyp", b"M4A \0\0\0\0") + box(b"moov", head + b"".join(tracks)) + box(b"mdat", bytes(100))


POINTS = [(0.0, 0.0, 0.0), (1.5, 2.5, 0.5), (-3.0, 4.0, 1.0)]


def pcd(coding: str = "ascii", points: list[tuple[float, float, float]] | None = None) -> bytes:
    """A PCD file of points with an intensity."""
    points = POINTS if points is None else points
    head = (
        "# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\nFIELDS x y z intensity\nSIZE 4 4 4 1\n"
        f"TYPE F F F U\nCOUNT 1 1 1 1\nWIDTH {len(points)}\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\n"
        f"POINTS {len(points)}\nDATA {coding}\n"
    ).encode()
    if coding == "ascii":
        return head + "".join(f"{x} {y} {z} 9\n" for x, y, z in points).encode()
    return head + b"".join(struct.pack("<fffB", *point, 9) for point in points)


def ply(coding: str = "ascii") -> bytes:
    """A PLY file of points with a colour."""
    head = (
        f"ply\nformat {coding} 1.0\ncomment made in code\nelement vertex {len(POINTS)}\nproperty double x\n"
        "property double y\nproperty double z\nproperty uchar red\nelement face 0\n"
        "property list uchar int vertex_index\nend_header\n"
    ).encode()
    if coding == "ascii":
        return head + "".join(f"{x} {y} {z} 9\n" for x, y, z in POINTS).encode()
    return head + b"".join(struct.pack("<dddB", *point, 9) for point in POINTS)


_FLAC_PACKED = "eNpL80l0bmBgUBJgEGBgYJwPRIxfGD4wMPA0WCeFZ2oxcdfw//i9TO/MJd//P0o4GHjqhYUZuBns/w8P0DxM/PGHxQkAqJeeTw=="
_MP3_PACKED = (
    "eNr7/9jjCAMMRGTmpQMpfiDmYGBgjWAIRQLlSKADGexGAmeQwV0k8A4Z/EcCQLu4fBx9XY31DA0MWDRgThHlUGF2UGRgnAVyx5v/56wYBgb8fx"
    "xxhEHpRN+Ben8GRq7befcbWN9X3/u+96VX0JSlmtX76/7+u9LywDRxtcDHYsX0aJuCA8Dw+/Hw/x8G4zP/P5j/P87w/4Hk/4cP+P4wHP/f3iD5"
    "g7EdRDUwSFQAAcgGDAaTwQcgAIkgMz4+AMXK4cOH/zYw8P9rX8XHkMFicEGAkSHBQYOH06F7zZasm2uj///lVGAo+iwhIf7vAf8f2c3qRfZKyd"
    "k6BhcOPZm5imnBtl4Hlxn5DEYOLg2hfAFRTTWTF20Lf+QlNmFL30MjwUUuifX/j4nMsW3f2PFVbpnro+///092X/HVSO7wjSO7Yo30xff//3/G"
    "e+llpY+bTq9YqTKtHxh/myZdDNtzUsTHaRUDhyuT/v+TD67uUro6h++HBgNPaWKhEpuMhNxchQjPCBUNwY/sQipaXMkCBgwKnAmtcvxs9f+fOi"
    "gdvhCgo/H/scaR8yrBWs8lZ2cxPvY12sF7Nni+8/9Xcdu1ezkaW5kkGBSEOrsyrppwp74yvBle65Am3Pziyxbu/j8HPu6cvYD3EduTNgdxjoZD"
    "1/9JbSjoivFKiSjgVpjJ6M54aEHTwVaHSw2ti9bwOP4/MZPdSJ1DsdPOf44Jb6EA9zy+leK8QcpKEgoT5tX/2bG5uFQhY8vZK43/H0scOcA5Yd"
    "KpxikMDD4xylMiZJwnBcou4Vji0sH//1l3canhorumRtwak1QiZmkLBqVs8Rd23VQy0+T//3er9X7nPzvm9myZhrTk/8cWR66Yex96LjlrhoZa"
    "xa7GT5/Su1eEXtwo+GyNhvaC/fUtxo3+rH9iOzf6/tkh+jGGK88xhutDcNLuQzvMP/5YBc8ZqyAAnU8CoK5WUPgc5LzBdizxAAPjKvIByBxgAc"
    "TsAUrmw8gcAI3jejM="
)
_VORBIS_PACKED = (
    "eNq1Vn1QU1cWv+EzQGQCG9mI2E3Q1DwQS1hRw0xnIAglL4D4IgLJON0mpBgSUAlxBrvMsBLQ0tRSfInQRZePvIwJJELWpGPsUqsmamQyNEKwoF"
    "V3VkCiXWe6HXaGnXXvC1q7M/vvvpl33znnd8+555x77nl3b12dGESAV4/6O0YM+S07vHKD8hbl2OEmmVJDCij5v1mbMbZz7dtH2Utqgl9qUuB3"
    "RXx3IUHy8vXjjFyzsQNC1cojh7bvbapjqZWyA2EpS8jKyc7Jzt6VvYPFxRS1WrmysY5V1HhM2XS4sUHR2IyQJpPhW1ReuHdPEfYuVNU01n6oVC"
    "so0WuWkwWFB+AsCqBhDDZngxiVUw0YhkRvkldI39skn+YXs2vp4lPCDcRHezMM1eitJKwaKdokLhULDZgRUnKGuIQtDvIUgxqGqFMYx1GX2ZtT"
    "REt9ciOveJPcL0HPyYM8OA/DhIMaZt6HnFpGXrFnSfb77DzDkIA7cfN77GlWR5e06y+zqeJQlo4pUn5D/UDz3DlzH633MOV6ntfzVzH3xFR3Je"
    "knyI+ihH2OB+BaBa1oXxsJ5MeANsAoOsq4eTTtvZ4tdyLCU/IBuTfc04+5PZuFPbU1RkWN0dxivHDZ+s6qfXvI/nzZnajrHI0CtwBgdrJPfi+c"
    "7BZ3C99GKif51MGfEvlPGLUBzNsr0+/zd4tpvGhe5xTSQZ8u5xO0dGphyblaP0v07tIj2eJueqojHZyCq+kL9Gxvt4aGxrCbTgtvsfb4+cg5vB"
    "Tl2i4ZhXFZhmD6Yj9ejr5NXErB7pjwoCAzGoCo3fCtpnZ0jlLBEAD09m6sBLmBy8p5J3HsNHKzG5vke3qb9Lwl1v5J3q00XQniYWrK+QusWlrG"
    "QpqOlkPuYSJ8UwSD7MyItt0U0L5F+QWhHDqk/IJ73HzBOsS1Wp+0mJ/2ma3HhyxWs9Vtt1jt6pbzShI9j1itkFVZraEua/0d88ic66nV9cznaL"
    "ziGJ0/b/W5LG5Ho9XecMWhDtm3zbv/1mJd7jOHjpufuq2hOcey2/Ecsl3WzHlzyOcI+Vw2n8OugujQyJwd6j73kbqjq+bQsmvZ57b7HD/Mu+yr"
    "DlvClSW3y+6z20ccoyFHVsilnhfc/nH/zG/LZn8qvautnHU2zGgbpJDNPVhlLJrRKmYM2oNahXQFomVVBsXdSkWNQfHgmKLqbBGcXGlshej7Zx"
    "serChqZlvvarVSg2K+SlGzoji40lHzZesDcaV018Gq2bLZmVbpbOsHroaHv4Zs5XfBjkqj9mGwVdGrPZfthg65noWs20IT9pA3O+TOHnU3/Mtu"
    "S7g+EvKOQ+H9ic/q5ydeLLt4X7kb066Mbfz6+ap33GJt+KN9JGTODLnVoYnDIfdRPWSt21bdyz6SfRGaeIc2HFp2Z9xxj805Lt5xb6ddsW+8Xj"
    "9/7Yc595FJx3bal3/PvHkxoXDG1fF4Rjs8Mu89nHA9sOvYBABtlFhY5b/y5b/e4hg2db2cnuFl6ehYPNu0nxfDliei3jScjgrZeAACtbAE087Q"
    "0UMWfArlEkQFKhrEg1h9lnlaQhu8xECVNjwgqUdc05gamspZNEENLnHpAKpENKWod8CUKMggTAFUaFP4hbcHhgP8EospgAktzgpUBU2h6DgRQB"
    "tsnlRUmWUKSCAwjTXYnJLNcHF9we3+MxgqtMA1FvrxxLyMvvYeFLEYerDR3jOBAi6nXY8KCWcPmrlmqgOTqGwzvZgoF++BpjxwDZszVZyZ21GB"
    "JcATA911HlDVZ7kqBKpBU4oog+dMkcPFmRAwJUsRiydF+qnNWS0W5Rp7ZGrbzD00ix+UqNCsYADT25y90tLLnmrVOk7YFPQKtXmCEhu5eMa4oU"
    "dCakj0uXhAhiDOblQNTUnVuWajTD0+U419wvNWa0TOGVzyCQREmblepqox9wkGwNW2SJDfFqcYmOo2gHwGAL+jyfUFhxhNk3zkU8zP38rRJAqo"
    "iMJfQGUTfj6VuDTNjx3EcQGCEAwpl0MEJdsAGLhKAayrMWUfeyjx62riwB7Ierkeps7LIpjtU8xhBtxsgglNEQy5v+AWU+MvQDZAaitHRxcgBB"
    "y4BA57UHwabHzqKbw6DTq0nrLmkIzG62Q1Y3lIkq4U3Up8nixJQBRGtIvjnZR8bLtxryTO1hHMUXG8AVmx7Ua1LAOAZ9ChZ1cF3B21HNAdC/JJ"
    "D/z8OroMtkf2DioPdh5Yff1kbOshEMvW+fmLsBgFi/0auoA62A4HAg/AoHUY+pQVdrKZBHAMdu+MIwBQx/bVak58PgDbdQRogSXOQ2GyiGLEyz"
    "IxpGTAWL1NRhPAfaqG1U0EZc9YpmmJ3nkMAlleSSEJqPwkMJo7SwIL9z8iAY3/MgD3o2PBWOTGop1bmXEZr4OAhuV6/klcpuct9heiPG+vxo94"
    "YS75iyQAXScByJIAP0wtDrR3k9RUwRLJUtnNUAZj/19BPCaDwDEUIeBwYfgVFcEmXsv+34Phv0WA9TA+FryM3VhXLczLTFu3ncwDHf4qmNeZOj"
    "2Z7E4elWguR4WcXH0Bl9AkQ632KUk9PPUYukGHyxLYBlwSD3uCCrE4cYyLeFJFqIUI5ixuMfVIRDZXLz+WMAUl9TYPXYCOO4OYalwL//Y2Z1DS"
    "kGXCJaosb1Cm5hBGicoCj1upxZkiFZEykc1zTwZPVWoCeNR4BLSVjB3tNJj+fO3bR+FUsikgKgeFiSfriI118eA+kNQelLewJtPBrSLLClZUd7"
    "gaSRmWB2UVaBwZ/2JYRlJx7LXjAaOD1KvscH6WEW8o/A2VHK7V8OQ1K2E1LlnOYSqO83Oi2b9IOWiLJDv15qUtw7509Y7H1yLpgLyKRJSCP1BO"
    "nNhHjdAlUcP3Pir4JwAl8W2nTh1aoCXSkxkpzNS0t1jpW8AvnqjwXTGKFfnmrkheOddtSp+LTk5OWp/k+lPSy68irp4kr3vpOxN+rATXBvrkHV"
    "XgH2dJhbaVk2mvJbvXk5KK94lI1wFbZ9xF8GIzeU36pti6elcKGMZvK1tC66LglBepxL+/zgH/AfkYa1Y="
)

TONE_FLAC = zlib.decompress(base64.b64decode(_FLAC_PACKED))
"""A FLAC file of 0.4 seconds: three quarters of the loudest for half of it, then silence."""

TONE_MP3 = zlib.decompress(base64.b64decode(_MP3_PACKED))
"""An MP3 file of about the same, 0.4 seconds of sound in frames of 0.576."""

TONE_VORBIS = zlib.decompress(base64.b64decode(_VORBIS_PACKED))
"""An Ogg file of 0.1 seconds of a tone, in Vorbis."""
