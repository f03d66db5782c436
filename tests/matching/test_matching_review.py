"""Review: the order of the queue, samples and their intervals, verdicts that teach."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from warning import load, run_nightly
from warning.cli import run
from warning.demo.city import AS_OF, City, make_city
from warning.errors import DataError, RefusedError, UsageError
from warning.judged_samples import strata_file
from warning.matching.evidence import KINDS, Evidence, evidence
from warning.matching.linker.calibration import Calibration, calibration_error, fit, reliability
from warning.matching.linker.weights import probability
from warning.matching.review import QUEUE, review_queue
from warning.matching.sampling import clerical_sample, estimate
from warning.reading import from_frames, read_records
from warning.reviewing import night_evidence, sample_estimate, write_sample
from warning.settings import load_settings
from warning.settings.matching_review import ReviewSettings
from warning.store import Store

NONE = pd.DataFrame(columns=["kind", "left", "right", "verdict", "user", "at"], dtype="str")


@pytest.fixture(scope="module")
def found(night_store: str) -> Evidence:
    """The town's evidence of people."""
    with Store.open(night_store) as store:
        return evidence("person", *store.known(AS_OF), store.previous(), load_settings())


def true_pairs(own: Evidence, town: City) -> np.ndarray:
    """Whether each of the evidence's pairs is one person in truth; told parties never."""
    truth = town.truth_parties.assign(party_no=town.truth_parties["party_no"].astype("str"))
    key = truth["channel"] + "|" + truth["record_id"] + "|" + truth["party_no"]
    who = own.rows["key"].map(dict(zip(key, truth["entity_id"], strict=True))).to_numpy(object)
    left, right = (own.pairs[side].to_numpy() for side in ("left", "right"))
    return (who[left] == who[right]) & ~pd.isna(who[left])


def toy(
    weights: list[tuple[int, int, float]], cluster: list[int], numbers: tuple[str | None, ...] = ()
) -> Evidence:
    """Evidence of made-up pairs: rows, one record each, and the weight of some pairs.

    ``numbers`` are the ID numbers of the first rows.
    """
    size = len(cluster)
    rows = pd.DataFrame({"channel": "110", "record_id": [f"A{n}" for n in range(size)],
                         "party_no": "1", "key": [f"110|A{n}|1" for n in range(size)]})  # fmt: skip
    rows = rows.assign(id_number=pd.Series(numbers, dtype="str"), status="valid")
    frame = pd.DataFrame(weights, columns=["left", "right", "weight"])
    clusters = np.array(cluster)
    pairs = frame.assign(
        prior=-10.0, name=frame["weight"] + 10, probability=1 / (1 + 2.0 ** -frame["weight"]),
        is_link=clusters[frame["left"]] == clusters[frame["right"]],
    )  # fmt: skip
    pairs = pairs[["left", "right", "prior", "name", "weight", "probability", "is_link"]]
    return Evidence("person", rows, pairs, clusters, 0.5, {})


def asked(own: Evidence, verdicts: pd.DataFrame = NONE, tiers: pd.DataFrame | None = None) -> list[
    tuple[str, str, str]
]:  # fmt: skip
    """Record numbers and what a verdict would do, in the order of the queue."""
    queue = review_queue(own, verdicts, tiers, ReviewSettings())
    assert list(queue.columns) == QUEUE
    return [
        (one.left.split("|")[1], one.right.split("|")[1], one.would) for one in queue.itertuples()
    ]


def test_what_is_nearer_larger_and_graver_is_asked_first() -> None:
    """Doubt, what would join, and the tier each move a pair up; far pairs are not asked."""
    near = toy([(0, 1, -0.5), (2, 3, -3.0), (4, 5, -20.0)], [0, 1, 2, 3, 4, 5])
    assert asked(near) == [("A0", "A1", "join"), ("A2", "A3", "join")]
    large = toy([(0, 1, -1.0), (2, 3, -1.0), (3, 4, 9.0)], [0, 1, 2, 3, 3])
    assert asked(large)[0] == ("A2", "A3", "join")
    grave = pd.DataFrame({"channel": ["110"], "record_id": ["A2"], "tier": ["red"]})
    both = toy([(0, 1, -1.0), (2, 3, -1.0)], [0, 1, 2, 3])
    assert asked(both)[0] == ("A0", "A1", "join")
    assert asked(both, tiers=grave)[0] == ("A2", "A3", "join")


def test_only_links_that_hold_two_parts_together_are_asked() -> None:
    """Of a triangle the weakest link decides nothing; the one bridge between two pairs does."""
    own = toy([(0, 1, 7.0), (1, 2, 6.0), (0, 2, 1.0), (2, 3, 2.0), (3, 4, 8.5)], [0, 0, 0, 0, 0])
    told = asked(own)
    assert told[0] == ("A2", "A3", "part")
    assert ("A0", "A2", "part") not in told
    queue = review_queue(own, NONE, None, ReviewSettings())
    assert queue.loc[0, ["mentions_left", "mentions_right"]].tolist() == [3, 2]


def test_one_question_for_two_clusters() -> None:
    """Of all pairs across two clusters only the likeliest is asked."""
    own = toy([(0, 2, -2.0), (1, 2, -1.0), (0, 1, 30.0)], [0, 0, 2])
    assert asked(own) == [("A1", "A2", "join")]


def test_a_pair_whose_people_have_other_numbers_would_move_one_mention() -> None:
    """Not where one of the two has no number, or the pair itself shows that the two are one."""
    weights, cluster = [(0, 1, 9.0), (2, 3, 9.0), (1, 3, -1.0)], [0, 0, 2, 2]
    assert asked(toy(weights, cluster, ("X", None, "Y")))[0] == ("A1", "A3", "move")
    assert asked(toy(weights, cluster, ("X", None, None)))[0] == ("A1", "A3", "join")
    assert asked(toy(weights, cluster, (None, "X", None, "Y")))[0] == ("A1", "A3", "join")


def test_judged_pairs_do_not_come_again_and_unsure_ones_come_last() -> None:
    """The last verdict on a pair counts."""
    own = toy([(0, 1, -0.5), (2, 3, -3.0), (4, 5, -4.0)], [0, 1, 2, 3, 4, 5])
    at = pd.Timestamp("2024-05-01")

    def verdict(a: int, b: int, said: str, hours: int) -> tuple[object, ...]:
        return ("person", f"110|A{a}|1", f"110|A{b}|1", said, "u", at + pd.Timedelta(hours, "h"))

    told = pd.DataFrame(
        [verdict(0, 1, "same", 0), verdict(0, 1, "unsure", 1), verdict(2, 3, "different", 0)],
        columns=NONE.columns,
    )
    assert asked(own, told) == [("A4", "A5", "join"), ("A0", "A1", "join")]


def test_the_queue_of_the_town_is_near_the_threshold(found: Evidence) -> None:
    """Worth falls along the queue; no pair of one record is asked; the order is the same again."""
    queue = review_queue(found, NONE, None, ReviewSettings())
    assert len(queue) > 10
    assert queue["worth"].is_monotonic_decreasing
    records = [side.str.rpartition("|")[0] for side in (queue["left"], queue["right"])]
    assert (records[0] != records[1]).all()
    pd.testing.assert_frame_equal(queue, review_queue(found, NONE, None, ReviewSettings()))


def test_a_sample_finds_the_true_precision_and_recall(found: Evidence, town: City) -> None:
    """Over many samples the 95% interval holds the truth about as often as it says."""
    true = true_pairs(found, town)
    together = found.pairs["is_link"].to_numpy(bool)
    precision, recall = (
        (true & together).sum() / together.sum(),
        (true & together).sum() / true.sum(),
    )
    key = found.rows["key"].to_numpy()
    told = dict(zip(zip(key[found.pairs["left"]], key[found.pairs["right"]], strict=True),
                    true.tolist(), strict=True))  # fmt: skip
    held = []
    for seed in range(30):
        sample = clerical_sample(found, 300, seed)
        verdict = pd.Series(
            ["same" if told[pair] else "different"
             for pair in zip(sample["left"], sample["right"], strict=True)], dtype="str",
        )  # fmt: skip
        one = estimate(sample, verdict)
        held += [low <= truth <= high for truth, (_, low, high) in
                 ((precision, one.precision), (recall, one.recall))]  # fmt: skip
    assert np.mean(held) >= 0.85


def test_a_sample_is_drawn_by_its_seed_and_counts_what_it_stands_for(found: Evidence) -> None:
    """The same seed draws the same pairs; the strata add up to all compared pairs."""
    sample = clerical_sample(found, 120, 5)
    pd.testing.assert_frame_equal(sample, clerical_sample(found, 120, 5))
    assert len(sample) == 120
    assert not sample.duplicated(["left", "right"]).any()
    strata = sample.drop_duplicates("stratum")
    assert strata["stratum_pairs"].sum() == len(found.pairs)
    assert strata["stratum_drawn"].sum() == 120


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [0, 1])
def test_a_sample_of_no_pairs_has_none(kind: str, size: int) -> None:
    """One record is compared with nothing, and no record is none, of every kind."""
    rows = {"record_id": ["A1"], "channel": "110", "reported_at": "2024-12-01 10:00:00"}
    clock = pd.Timestamp("2025-01-01")
    settings = load_settings()
    loaded = from_frames(pd.DataFrame(rows), None, settings.channels, clock=clock)
    found = evidence(kind, loaded.records[:size], loaded.parties[:size], None, settings)
    assert len(found.pairs) == 0
    assert clerical_sample(found, 5, 1).empty


def test_calibration_is_monotone_and_recovers_what_was_bent() -> None:
    """Weights stretched to twice what they are worth are shrunk back; order never changes."""
    generator = np.random.default_rng(4)
    weight = generator.normal(0, 6, 4000)
    same = generator.random(4000) < 1 / (1 + 2.0 ** -(0.5 * weight - 1.0))
    found = fit(weight[:2000], same[:2000])
    assert found.slope == pytest.approx(0.5, abs=0.05)
    assert found.shift == pytest.approx(-1.0, abs=0.3)
    ordered = np.sort(weight)
    assert (np.diff(ordered + found.part(ordered)) >= 0).all()
    before = calibration_error(probability(weight[2000:]), same[2000:])
    after = calibration_error(probability(weight + found.part(weight))[2000:], same[2000:])
    assert after < before / 3
    limit = found.raw(0.7)
    bits = np.log2(limit / (1 - limit))
    assert probability(np.float32(bits) + found.part(np.array([bits])))[0] == pytest.approx(0.7)
    assert Calibration().raw(0.7) == pytest.approx(0.7)
    assert reliability(probability(weight), same)["pairs"].sum() == 4000


@pytest.fixture(scope="module")
def judged_city(tmp_path_factory: pytest.TempPathFactory) -> tuple[City, Evidence, pd.DataFrame]:
    """A larger town, its evidence, and its tables."""
    city, settings = make_city(2000, seed=9), load_settings()
    paths = city.write(tmp_path_factory.mktemp("judged"))
    tables = read_records(paths, settings.channels, clock=pd.Timestamp("2025-01-02"))
    records = tables.records.drop_duplicates(["channel", "record_id"], keep="last")
    parties = tables.parties[tables.parties["row"].isin(records.index)].drop(columns="row")
    records, parties = records.reset_index(drop=True), parties.reset_index(drop=True)
    return city, evidence("person", records, parties, None, settings), (records, parties)


def test_verdicts_lower_the_calibration_error_of_held_out_pairs(
    judged_city: tuple[City, Evidence, tuple[pd.DataFrame, pd.DataFrame]],
) -> None:
    """Verdicts from the truth on some pairs: the probabilities of the others fit better."""
    from warning.matching.links import Previous

    city, own, (records, parties) = judged_city
    true = true_pairs(own, city)
    told = own.rows["told"].to_numpy(bool)
    pairs = own.pairs
    good = ~told[pairs["left"]] & ~told[pairs["right"]] & (pairs["weight"].abs() < 12).to_numpy()
    order = np.random.default_rng(2).permutation(np.flatnonzero(good))
    learn, test = order[:400], order[400:]
    key = own.rows["key"].to_numpy()
    ends = np.sort(np.stack([key[pairs["left"]], key[pairs["right"]]]).astype(str), axis=0)
    verdicts = pd.DataFrame(
        {"kind": "person", "left": ends[0][learn], "right": ends[1][learn],
         "verdict": np.where(true[learn], "same", "different"), "user": "u",
         "at": pd.Timestamp("2024-12-31")}
    )  # fmt: skip
    empty = pd.DataFrame(columns=["channel", "record_id", "place_id"], dtype="str")
    taught = evidence(
        "person", records, parties, Previous(empty, empty, empty, empty, empty, verdicts),
        load_settings(),
    )  # fmt: skip
    assert taught.calibration.verdicts == 400
    assert "calibration" in taught.parts
    weight = pairs["weight"].to_numpy()[test]
    before = calibration_error(probability(weight), true[test])
    compared = [taught.compared(a, b) for a, b in
                zip(pairs["left"].to_numpy()[test], pairs["right"].to_numpy()[test],
                    strict=True)]  # fmt: skip
    kept = np.array([one is not None for one in compared])
    after = calibration_error(
        np.array([one["probability"] for one in compared if one is not None]), true[test][kept]
    )
    assert kept.mean() > 0.9
    assert after < before
    sums = taught.pairs["prior"] + taught.pairs[taught.parts].sum(axis=1)
    assert np.allclose(sums, taught.pairs["weight"], atol=1e-3)
    # Decisions are by the probability that is shown.
    free = ~np.isin(taught.codes, [min(p) * len(key) + max(p) for p in taught.same])
    chance = probability(taught.pairs["weight"].to_numpy())
    assert np.allclose(chance[free], taught.pairs["probability"][free], atol=1e-5)


def test_too_few_verdicts_teach_nothing(found: Evidence) -> None:
    """Without verdicts the parts are the evidence's own."""
    assert found.calibration == Calibration()
    assert "calibration" not in found.parts


def test_judge_lists_samples_estimates_and_records(
    night_store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The commands of review, end to end: a judged pair leaves the queue."""
    shutil.copy(night_store.removeprefix("sqlite:///"), tmp_path / "w.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WARNING_STORE", "sqlite:///w.db")

    def printed(*arguments: str) -> str:
        assert run(list(arguments)) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    queue = json.loads(printed("judge", "--next", "5", "--json"))
    assert len(queue) == 5
    first = queue[0]
    assert "to decide" in printed("judge", "--next", "3")
    printed("judge", "person", first["left"], first["right"], "different", "--user", "Zhang")
    again = json.loads(printed("judge", "--next", "500", "--json"))
    assert (first["left"], first["right"]) not in {(one["left"], one["right"]) for one in again}
    printed("judge", "--sample", "40", "--seed", "3", "--out", "sample.csv")
    sheet = pd.read_csv("sample.csv", dtype="str", encoding="utf-8-sig")
    assert "probability" not in " ".join(sheet.columns)
    assert "stratum" in pd.read_csv(strata_file(Path("sample.csv"))).columns
    assert sheet["phone_left"].dropna().str.contains("*", regex=False).all()
    assert run(["judge", "--estimate", "sample.csv"]) == 2
    sheet["verdict"] = ["same", "不同", "u", *["same"] * 37]
    sheet.to_csv("sample.csv", index=False, encoding="utf-8-sig")
    told = json.loads(printed("judge", "--estimate", "sample.csv", "--json"))
    assert (told["judged"], told["unsure"], told["missing"]) == (39, 1, 0)
    assert "upper bound" in printed("judge", "--estimate", "sample.csv")
    assert "40 recorded" in printed("judge", "--read", "sample.csv", "--user", "Zhang")
    assert "not calibrated" in printed("judge", "--reliability")
    sheet["verdict"] = "maybe"
    sheet.to_csv("sample.csv", index=False, encoding="utf-8-sig")
    assert run(["judge", "--estimate", "sample.csv"]) == 1
    assert run(["judge", "--sample", "5"]) == 2
    assert run(["judge", "--sample", "5", "--out", "sample.xlsx"]) == 2
    assert run(["judge", "--next", "5", "--kind", "place"]) == 2
    for name in ("USER", "USERNAME", "SUDO_USER"):
        monkeypatch.delenv(name, raising=False)
    capsys.readouterr()
    assert run(["judge", "person", first["left"], "110|no such|1", "maybe"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert [line for line in told if not line.startswith(" ")] == [
        "judge VERDICT: unknown: maybe",
        "--user: nobody is named",
        "110|no such|1: there is no such record",
    ]


def test_on_a_terminal_each_pair_is_asked_and_kept_at_once(
    night_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Each answer is kept with user and time; a wrong one is asked again; q ends."""
    from warning.commands import judging

    shutil.copy(night_store.removeprefix("sqlite:///"), tmp_path / "w.db")
    answers = iter(["maybe", "s", "n", "u", "q"])
    monkeypatch.setattr(judging.typer, "prompt", lambda _: next(answers))
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        judging.show_next(
            store, "person", 10, load_settings(), unmasked=False, as_json=False, user="Zhang"
        )
        kept = store.table("verdicts")
    assert "2 recorded" in capsys.readouterr().out
    assert kept["verdict"].tolist() == ["same", "unsure"]
    assert (kept["user"] == "Zhang").all()
    assert kept["at"].notna().all()


def test_each_pair_that_is_shown_unmasked_is_noted(
    night_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose names the terminal showed is in the audit, by the keys of the pair; masked ones not."""
    from warning.commands import judging

    shutil.copy(night_store.removeprefix("sqlite:///"), tmp_path / "w.db")
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        for unmasked in (False, True):
            answers = iter(["n", "q"])
            monkeypatch.setattr(judging.typer, "prompt", lambda _, answers=answers: next(answers))
            judging.show_next(
                store, "person", 5, load_settings(), unmasked=unmasked, as_json=False, user="Zhang"
            )
        noted = store.table("audit")
    assert list(noted["action"]) == ["judge shown"] * 2
    assert all(what.count("|") == 4 for what in noted["what"])


@pytest.fixture
def judged(tmp_path: Path) -> Iterator[tuple[Path, Store]]:
    """A drawn sample of six pairs in random order, nothing judged, and a store without a night."""
    own = toy([(2 * n, 2 * n + 1, float(n)) for n in range(6)], list(range(12)))
    sample = clerical_sample(own, 6, 1)
    assert len(sample) == 6
    told = sample[["kind", "left", "right"]].assign(name_left="某某，张掖", name_right="某某，张掖")
    path = tmp_path / "sample.csv"
    write_sample(path, sample, told)
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        yield path, store


def filled(path: Path, *verdicts: str) -> pd.DataFrame:
    """The judge's file with these verdicts in its first rows, saved; returns its rows."""
    sheet = pd.read_csv(path, dtype="str", encoding="utf-8-sig")
    sheet["verdict"] = pd.Series([*verdicts, *[""] * (len(sheet) - len(verdicts))], dtype="str")
    saved(path, sheet)
    return sheet


def saved(path: Path, sheet: pd.DataFrame) -> None:
    sheet.to_csv(path, index=False, encoding="utf-8-sig")


def kept(store: Store, path: Path, user: str) -> list[tuple[str, str]]:
    """Who decided what in the store, after this user's file was read, an hour after the last."""
    from warning.commands import judging

    now = pd.Timestamp("2024-05-01") + pd.Timedelta(len(store.table("verdicts")), "h")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(judging, "local_now", lambda: now)
        judging.keep(store, path, user)
    told = store.table("verdicts").sort_values("at", kind="stable")
    return list(zip(told["user"], told["verdict"], strict=True))


def refused(store: Store, path: Path) -> str:
    """Why a file is not read; nothing of it is kept."""
    with pytest.raises(DataError) as told:
        kept(store, path, "Li")
    assert store.table("verdicts").empty
    return str(told.value)


def test_a_sample_records_only_what_its_own_file_says(
    judged: tuple[Path, Store], capsys: pytest.CaptureFixture[str]
) -> None:
    """What a colleague decided is no verdict of who leaves it blank; the estimate counts both."""
    path, store = judged
    filled(path, "same", "same", "different")
    zhang = [("Zhang", "same"), ("Zhang", "same"), ("Zhang", "different")]
    assert kept(store, path, "Zhang") == zhang
    filled(path, "", "", "", "unsure", "否")
    both = [*zhang, ("Li", "unsure"), ("Li", "different")]
    assert kept(store, path, "Li") == both
    assert "2 recorded" in capsys.readouterr().out
    one = sample_estimate(path, store)
    assert (one.judged, one.unsure, one.missing) == (4, 1, 1)
    filled(path)
    with pytest.raises(UsageError, match="nothing was judged"):
        kept(store, path, "Wang")
    assert len(store.table("verdicts")) == len(both)


def test_links_without_a_night_are_refused(judged: tuple[Path, Store]) -> None:
    """The usage is right, the store has nothing to show: exit 1, as of the page and a preview."""
    with pytest.raises(RefusedError, match="no night was run yet"):
        night_evidence(judged[1], "person", load_settings())


def test_a_sample_that_is_read_again_overrules_nobody(
    judged: tuple[Path, Store], capsys: pytest.CaptureFixture[str]
) -> None:
    """The same verdict of the same user is told and not kept again; another one is."""
    path, store = judged
    filled(path, "same", "same")
    assert len(kept(store, path, "Zhang")) == 2
    filled(path, "different")
    assert kept(store, path, "Li")[-1] == ("Li", "different")
    filled(path, "same", "different", "same")
    assert kept(store, path, "Zhang")[3:] == [("Zhang", "different"), ("Zhang", "same")]
    told = capsys.readouterr().out
    assert "1 had been decided so by Zhang before" in told
    assert "1 of these were decided otherwise since" in told


def test_rows_of_a_sample_that_are_none_are_refused_by_their_own_line(
    judged: tuple[Path, Store],
) -> None:
    """A changed key, a wrong word, two verdicts on a pair: all told, in the order of the file."""
    path, store = judged
    sheet = filled(path, "same", "same", "different", "maybe")[::-1]
    sheet.loc[1, "left"] = "110|A99|1"
    sheet = pd.concat([sheet, sheet.loc[[0]].assign(verdict="different")])
    saved(path, sheet)
    told = [line for line in refused(store, path).splitlines() if not line.startswith(" ")]
    assert told == [
        f"{path}:4:verdict: maybe",
        f"{path}:6: no pair of the sample: 110|A99|1, {sheet.loc[1, 'right']}",
        f"{path}:8:verdict: different, but {path}:7 says same of the same pair",
    ]


def test_equal_doubles_of_a_sample_count_once(judged: tuple[Path, Store]) -> None:
    """Also beside a blank one, and with blanks around a key."""
    path, store = judged
    sheet = filled(path, "same")
    double = sheet.loc[[0, 0]].assign(verdict=["", "相同"], left=sheet.loc[0, "left"] + " ")
    saved(path, pd.concat([sheet, double]))
    assert kept(store, path, "Li") == [("Li", "same")]


def test_a_sample_is_read_as_a_spreadsheet_saves_it(judged: tuple[Path, Store]) -> None:
    """As GB18030 and as a workbook, with the strata saved so, too."""
    path, store = judged
    sheet = filled(path, "相同", "different")
    sheet.to_csv(path, index=False, encoding="gb18030")
    strata = pd.read_csv(strata_file(path), encoding="utf-8-sig")
    strata["together"] = strata["together"].astype("str").str.upper()
    strata.to_csv(strata_file(path), index=False, encoding="gb18030")
    assert len(kept(store, path, "Li")) == 2
    sheet.to_excel(path.with_suffix(".xlsx"), index=False)
    assert len(kept(store, path.with_suffix(".xlsx"), "Wang")) == 4


def test_a_sample_that_cannot_be_read_is_refused_in_words(judged: tuple[Path, Store]) -> None:
    """UTF-16, other separators, nothing at all, rows and strata that are not whole."""
    path, store = judged
    whole = path.read_text("utf-8-sig")
    sheet = filled(path, "same")
    sheet.to_csv(path, index=False, encoding="utf-16", sep="\t")
    assert "encoding" in refused(store, path)
    sheet.to_csv(path, index=False, sep="\t")
    told = refused(store, path)
    assert "separated by tabs" in told
    assert "with commas" in told
    path.write_bytes(b"")
    assert "empty" in refused(store, path)
    path.write_text(whole + "person,one", "utf-8")
    assert f"{path}:8: 2 fields" in refused(store, path)
    path.write_text(whole, "utf-8")
    strata = strata_file(path)
    strata.write_text(strata.read_text("utf-8-sig").replace("False", "?", 1), "utf-8")
    assert f"{strata}:2: " in refused(store, path)


def test_a_wrong_file_tells_its_first_rows(judged: tuple[Path, Store]) -> None:
    """Of many rows that are no pairs of the sample only so many are told one by one."""
    path, store = judged
    sheet = filled(path, "same").loc[[0] * 30].assign(left=[f"110|B{n}|1" for n in range(30)])
    saved(path, sheet)
    told = refused(store, path)
    assert told.count("no pair of the sample") == 20
    assert "10 more rows" in told


def test_a_masked_sample_shows_what_explain_shows_of_the_pair(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No school of a child, no place of violence; a refuge stands nowhere, of places neither."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WARNING_STORE", "sqlite:///w.db")
    school, refuge = "育才实验小学", "甘州区妇女庇护中心2号楼301室"
    records = pd.DataFrame(
        [(number, "110", f"2024-11-{day} 08:00:00", category, text, address, "620702", "梁家墩镇")
         for number, day, category, text, address in (
             ("C1", "01", "邻里纠纷", "学生被邻居辱骂", school),
             ("C2", "02", "邻里纠纷", "学生又被邻居辱骂", school),
             ("R1", "20", "邻里纠纷", "有人到妇女庇护中心门口吵闹", refuge),
             ("R2", "20", "邻里纠纷", "有人又到妇女庇护中心门口吵闹", refuge),
             ("V1", "03", "家庭暴力", "王秀兰遭丈夫刘强家庭暴力殴打", refuge),
             ("V2", "04", "家庭暴力", "王秀兰遭丈夫刘强家庭暴力殴打", refuge))],
        columns=["record_id", "channel", "reported_at", "category", "narrative", "address",
                 "county_code", "town"],
    )  # fmt: skip
    parties = pd.DataFrame(
        [(number, "110", "1", name, phone, "女", age)
         for number, name, phone, age in (("C1", "赵小朵", "13800000000", "9"),
                                          ("C2", "赵小朵", "13800000000", "9"),
                                          ("V1", "王秀兰", "13811112222", "33"),
                                          ("V2", "王秀兰", "13811112222", "33"))],
        columns=["record_id", "channel", "party_no", "name", "phone", "sex", "age"],
    )  # fmt: skip
    load("sqlite:///w.db", records, parties)
    run_nightly("sqlite:///w.db", None, "2024-12-01")

    def printed(*arguments: str) -> str:
        assert run(list(arguments)) == 0
        return capsys.readouterr().out

    texts = []
    for kind in ("person", "incident"):
        printed("judge", "--sample", "9", "--kind", kind, "--out", "sample.csv")
        sheet = pd.read_csv("sample.csv", dtype="str", encoding="utf-8-sig").fillna("")
        of = sheet["left"].str[4:6] + sheet["right"].str[4:6]
        assert set(of) - {"R1R2"} == {"C1C2", "V1V2"}
        column = {"id": "id_number", "age": "born", "county": "county_code"}
        for row in sheet.to_dict("records"):
            told = json.loads(printed("explain", row["left"], row["right"], "--json"))
            for step in told["steps"]:
                name = column.get(step["name"], step["name"]) if kind == "person" else step["name"]
                if f"{name}_left" in row:
                    assert row[f"{name}_left"] == step["left"]
                    assert row[f"{name}_right"] == step["right"]
        texts.append(sheet.to_csv())
    for left, right in (("110|C1", "110|C2"), ("110|V1", "110|V2")):
        texts.append(printed("explain", left, right, "--kind", "place", "--json"))
    texts.append(printed("explain", "110|R1", "110|R2", "--json"))
    assert all(any(word in text for text in texts) for word in ("某校", "place not shown"))
    assert "未成年人" in texts[0]
    for text in texts:
        assert not [word for word in ("育才", "庇护", "赵小朵", "王秀兰", "赵某") if word in text]
