import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.platforms import PLATFORMS, platform_of

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0"
PHONE = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/156.0 Mobile Safari/537"
WEB_VIEW = "Mozilla/5.0 (Linux; Android 15; Pixel 9; wv) AppleWebKit/537.36 Version/4.0 Chrome/156"
TIZEN = "Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) TV Safari"
FIRE_TV = "Dalvik/2.1.0 (Linux; U; Android 9; AFTMM Build/PS7624)"


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("", ""),
        ("  ", ""),
        (CHROME, "web"),
        (PHONE, "web"),
        (WEB_VIEW, "android"),
        (TIZEN, "tv"),
        (FIRE_TV, "tv"),
        ("AppleTV14,1/18.0", "tv"),
        ("okhttp/4.12.0", "android"),
        ("ExampleTV/4.2 (Linux; Android 14) ExoPlayerLib/2.19", "tv"),
        ("Example/4.2 (Linux; Android 14) AndroidXMedia3/1.4.1", "android"),
        ("AppleCoreMedia/1.0.0.22A3354 (iPhone; U; CPU OS 18_0 like Mac OS X)", "ios"),
        ("Example/12 CFNetwork/1568.100.1 Darwin/24.0.0", "ios"),
        ("iOS", "ios"),
        ("Android", "android"),
        ("tv", "tv"),
        ("web", "web"),
        ("curl/8.11.0", "other"),
        ("a\r\nb", "other"),
    ],
)
def test_a_platform_is_one_of_a_few_words(text: str, platform: str) -> None:
    assert platform_of(text) == platform


@given(st.text())
def test_any_text_is_of_a_known_platform(text: str) -> None:
    assert platform_of(text) in PLATFORMS
