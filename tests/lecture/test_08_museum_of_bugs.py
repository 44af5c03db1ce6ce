"""What chapter 8 says of its exhibits, computed, with the code that the chapter shows.

Each exhibit has the mistake that it is said to have, looks right where it is said to look right,
and is noticed by the test of this project that its text names: that test is run twice, as it is,
and with the mistake put into the package.
"""

import ast
import dataclasses
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from lecturekit import check, data, lecture, plots
from lecturekit import feature_visualization as fv
from lecturekit import reference as ref
from lecturekit.check import compare
from lecturekit.reference import layers, optimizers
from tests.check import test_exercises, test_mutants
from tests.feature_visualization import test_ascent
from tests.plots import test_convolution as test_plots
from tests.reference import test_convolution_backward, test_layers, test_small_layers_backward

ROOT = Path(__file__).parents[2]
CHAPTER = nbformat.read(ROOT / "notebooks/08_museum_of_bugs.ipynb", as_version=4)
TEXT = "\n\n".join(cell.source for cell in CHAPTER.cells if cell.cell_type == "markdown")
TURN = lecture.KERAS_SLIDE_FILTER  # a turn changes it


def from_the_chapter(name):
    """Return a function or class as a cell of the chapter defines it."""
    for cell in CHAPTER.cells:
        if cell.cell_type == "code" and re.search(rf"^(def|class) {name}\b", cell.source, re.M):
            tree = ast.parse(cell.source)
            kinds = ast.FunctionDef | ast.ClassDef
            tree.body = [n for n in tree.body if isinstance(n, kinds) and n.name == name]
            names = {"np": np, "ref": ref, "fv": fv, "lecture": lecture, "layers": layers}
            names |= {"cnn": data.load_cnn(), "grey": start_image()}
            exec(ast.unparse(tree), names)
            return names[name]
    raise AssertionError(f"no cell of the chapter defines {name}")


def start_image():
    return np.random.default_rng(0).uniform(0.45, 0.55, (28, 28, 1))


@pytest.fixture(scope="module")
def digits():
    return data.load_digits()


@pytest.fixture(scope="module")
def lectures_cnn():
    return from_the_chapter("lectures_cnn")


def test_the_tests_that_the_chapter_names_exist():
    named = re.findall(r"`(test_\w+)` in\s`(tests/[\w/]+\.py)`", TEXT)
    assert len(named) == 8
    for test, file in named:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    others = set(re.findall(r"`(tests/[\w/]+\.py)`", TEXT)) - {file for _, file in named}
    assert others == {"tests/conftest.py"}


# ------------------------------------------------------------ 1: the ascent that descends


@pytest.fixture(scope="module")
def rows():
    """Images of all filters: by the exhibit, and by `maximize`."""
    cnn, every = data.load_cnn(), fv.Filter("conv2d_2", range(50))
    climb = fv.maximize(cnn, every, start=start_image(), steps=60, step_size=0.05)
    return cnn, every, from_the_chapter("visualize")(every), climb.images


def test_the_ascent_descends_and_the_packages_does_not(rows):
    cnn, every, theirs, ours = rows
    before = fv.degree_of_activation(cnn, every, start_image()[None])[0]
    assert (fv.degree_of_activation(cnn, every, theirs).diagonal() < before).all()
    assert (fv.degree_of_activation(cnn, every, ours).diagonal() > before).all()


def test_what_filters_like_least_looks_richer(rows):
    """Of the ten filters that are shown: more differences between neighbors in seven of them."""
    edges = [np.abs(np.diff(images[:10], axis=2)).sum(axis=(1, 2, 3)) for images in rows[2:]]
    assert np.count_nonzero(edges[0] > edges[1]) >= 7
    plain = np.abs(rows[3][:10, 8:20, 8:20] - 0.5).mean(axis=(1, 2, 3)) > 0.45
    even = rows[3][:10, 8:20, 8:20].std(axis=(1, 2, 3)) < 0.1
    assert np.count_nonzero(plain & even) >= 5  # nearly black or nearly white in the middle


def test_a_descent_is_noticed(rows, monkeypatch, assert_close):
    notices, ascend = test_ascent.test_every_one_of_the_fifty_filters_rises, fv.maximize

    def descend(model, objective, **options):
        ascent = ascend(model, -1 * objective, **options)
        return dataclasses.replace(ascent, scores=-ascent.scores)

    notices(rows[0], assert_close)
    monkeypatch.setattr(fv, "maximize", descend)
    with pytest.raises(AssertionError):
        notices(rows[0], assert_close)


# ----------------------------------------------- 2: the network that never saw its images


@pytest.fixture(scope="module")
def reshaped():
    return from_the_chapter("channels_last")


def colored(x):
    ink = np.random.default_rng(0).uniform(0.3, 1, (len(x), 3, 1, 1))
    return ink * np.moveaxis(x, -1, 1)


def test_reshape_is_right_for_one_channel_only(digits, reshaped):
    grey = np.moveaxis(digits.x_test, -1, 1)
    assert np.array_equal(grey.reshape(digits.x_test.shape), digits.x_test)
    color = colored(digits.x_test)
    assert reshaped(color).shape == np.moveaxis(color, 1, -1).shape
    assert not np.array_equal(reshaped(color), np.moveaxis(color, 1, -1))


def test_a_row_after_reshape_holds_three_old_rows_one_after_the_other(rng, reshaped):
    x = rng.random((1, 3, 28, 28))
    old = x[0].reshape(84, 28)
    for row, new in enumerate(reshaped(x)[0]):
        assert np.array_equal(new.ravel(), old[3 * row : 3 * row + 3].ravel())


def test_the_marked_number_goes_to_row_20(reshaped):
    marked = np.zeros((1, 3, 28, 28))
    marked[0, 2, 5, 7] = 1
    assert np.argwhere(reshaped(marked)[0]).tolist() == [[20, 11, 2]]
    assert np.argwhere(np.moveaxis(marked, 1, -1)[0]).tolist() == [[5, 7, 2]]


def test_the_network_learns_from_scrambled_images(digits, reshaped, lectures_cnn):
    cnn = lectures_cnn(channels=3)
    assert sum(weight.size for weight in cnn.weights.values()) == 137_660 + 25 * 18
    train, test = (reshaped(colored(x)) for x in (digits.x_train, digits.x_test))
    cnn.fit(train, digits.y_train, epochs=6, batch_size=32)
    assert cnn.evaluate(test, digits.y_test)[1] > 0.9


def test_numbers_in_the_wrong_place_are_noticed(monkeypatch):
    notices = test_layers.test_flatten_reads_row_by_row_channels_last
    notices()
    monkeypatch.setattr(ref, "flatten", lambda x: np.moveaxis(x, -1, 1).reshape(len(x), -1))
    with pytest.raises(AssertionError):
        notices()


# ----------------------------------------------------- 3: the derivative that is always 1


@pytest.fixture(scope="module")
def always_1():
    return from_the_chapter("ReLU")


def test_every_gate_is_open(always_1, rng):
    x, d_y = rng.normal(size=1000), rng.normal(size=1000)
    assert np.array_equal(always_1().d_x(d_y, x, ref.relu(x)), d_y)
    for y in (x, ref.relu(x)):  # both would be right
        assert np.array_equal(d_y * (y > 0), ref.relu_backward(d_y, x))


@pytest.mark.parametrize(("low", "error"), [(0, 0), (-2, 1)])
def test_only_inputs_of_both_signs_show_it(always_1, rng, low, error):
    x = rng.uniform(low, 2, 20)
    slopes = ref.numerical_gradient(lambda v: ref.relu(v).sum(), x)
    d_x = always_1().d_x(np.ones(20), x, ref.relu(x))
    assert ref.relative_error(d_x, slopes) == pytest.approx(error, abs=1e-6)


def test_training_works_with_it(digits, always_1, lectures_cnn):
    losses = []
    for network in (lectures_cnn(), lectures_cnn(relu=always_1)):
        losses += [network.fit(digits.x_train, digits.y_train, epochs=6, batch_size=32).loss]
        assert network.evaluate(digits.x_test, digits.y_test)[1] > 0.9
    assert np.abs(losses[0] - losses[1]).max() < 0.4  # side by side
    assert max(loss[-1] for loss in losses) < 0.2


class Drawn:
    """Hands a property test these values, whatever it asks for."""

    def __init__(self, values):
        self.values = values

    def draw(self, strategy):
        return self.values


def test_a_derivative_of_1_is_noticed(monkeypatch, assert_relative):
    # The body of the test alone: hypothesis would look minutes long for the smallest example.
    body = test_small_layers_backward.test_equals_the_measured_gradient.hypothesis.inner_test
    x = np.array([[0.5, -0.5, 1.5], [-1.0, 2.0, -0.1]])

    def measured():
        body(
            "relu",
            data=Drawn((x, np.arange(1.0, 7.0).reshape(2, 3))),
            assert_relative=assert_relative,
        )

    at_zero = test_small_layers_backward.test_relu_passes_nothing_at_zero
    measured()
    at_zero()

    def wrong(d_y, x):
        return np.asarray(d_y) * (ref.relu(x) >= 0)

    monkeypatch.setitem(test_small_layers_backward.LAYERS, "relu", (ref.relu, wrong))
    monkeypatch.setattr(ref, "relu_backward", wrong)
    with pytest.raises(AssertionError):
        measured()
    with pytest.raises(AssertionError):
        at_zero()


# -------------------------------------------------------------- 4: the averaged gradient


@pytest.fixture(scope="module")
def averaging():
    return from_the_chapter("Conv2D")


@pytest.mark.parametrize("n", [3, 6])
def test_the_average_has_the_direction_of_the_sum(averaging, rng, n):
    x, w, positions = rng.random((1, n, n, 1)), rng.random((3, 3, 1, 1)), (n - 2) ** 2
    d_y = np.ones((1, n - 2, n - 2, 1))
    slopes = ref.numerical_gradient(lambda v: ref.conv2d(x, v).sum(), w)
    (d_w,) = averaging(1, 3, use_bias=False).d_weights(d_y, x, w)
    cosine = np.vdot(d_w, slopes) / np.linalg.norm(d_w) / np.linalg.norm(slopes)
    assert cosine == pytest.approx(1)
    assert ref.relative_error(d_w, slopes) == pytest.approx(1 - 1 / positions, abs=1e-6)


def test_with_the_average_only_the_dense_layers_learn(digits, averaging, lectures_cnn):
    rule = {"epochs": 8, "batch_size": 32, "optimizer": optimizers.SGD(0.1)}
    start = lectures_cnn().weights
    moved = {}
    for name, network in {"sum": lectures_cnn(), "mean": lectures_cnn(conv=averaging)}.items():
        loss = network.fit(digits.x_train, digits.y_train, **rule).loss
        assert (np.diff(loss) < 0).all()
        assert network.evaluate(digits.x_test, digits.y_test)[1] > 0.8
        kernels = {key: w for key, w in network.weights.items() if key.endswith("kernel")}
        moved[name] = [
            np.linalg.norm(w - start[key]) / np.linalg.norm(start[key])
            for key, w in kernels.items()
        ]
    assert min(moved["sum"]) > 0.1
    assert max(moved["mean"][:2]) < 0.1
    assert min(moved["mean"][2:]) > 0.3


@pytest.mark.parametrize("images", [1, 5])
def test_an_average_is_noticed(monkeypatch, images):
    notices = test_convolution_backward.test_a_shared_weight_sums_over_all_positions
    right = ref.conv2d_backward

    def averaged(d_y, x, w):
        d_x, d_w, d_b = right(d_y, x, w)
        return d_x, d_w / d_y[0, ..., 0].size, d_b

    notices(images)
    monkeypatch.setattr(ref, "conv2d_backward", averaged)
    with pytest.raises(AssertionError):
        notices(images)


# ------------------------------------------------------ 5: the window that slides wrong


def agreeing(program, image, stride):
    """The windows whose sum is the number that they write."""
    kernel = lecture.FILTER_1
    steps = list(program(image, kernel, stride))
    sums = [np.sum(image[i : i + 3, j : j + 3] * kernel) for i, j, _ in steps]
    return [n for n, (_, _, value) in enumerate(steps) if value == sums[n]]


@pytest.fixture(scope="module")
def frames():
    return from_the_chapter("frames")


def test_the_picture_at_the_entrance_is_made_by_the_exhibit(frames):
    steps = list(frames(lecture.IMAGE, lecture.FILTER_1, 2))
    assert [value for _, _, value in steps] == [3, -3, -3, 0]
    assert [step[:2] for step in steps] == [divmod(n, 2) for n in range(4)]


def test_windows_agree_with_stride_1_and_by_chance(frames):
    other = np.random.default_rng(1).integers(0, 100, (6, 6))
    assert len(agreeing(frames, lecture.IMAGE, 1)) == 16
    assert agreeing(frames, lecture.IMAGE, 2) == [0, 2]
    assert agreeing(frames, other, 2) == [0]


def test_with_the_stride_all_windows_agree(frames, rng):
    def mended(image, kernel, stride):
        for row, column, value in frames(image, kernel, stride):
            yield stride * row, stride * column, value

    for image in (lecture.IMAGE, rng.integers(0, 100, (6, 6))):
        assert len(agreeing(mended, image, 2)) == 4


def test_a_window_in_the_wrong_place_is_noticed(monkeypatch):
    notices = test_plots.test_stride_moves_the_window_in_the_image
    notices()
    monkeypatch.setattr("lecturekit.plots.convolution.as_pair", lambda *_, **__: (1, 1))
    assert plots.convolution_step(lecture.IMAGE, lecture.FILTER_1, stride=2).images  # it draws
    with pytest.raises(AssertionError):
        notices()


# ------------------------------------------------- 6: the checker that passes anything


def turned(image, kernel):
    return ref.correlate2d(image, kernel[::-1, ::-1])


def test_the_checker_accepts_what_agrees_in_one_place():
    is_right = from_the_chapter("is_right")
    right = ref.correlate2d(lecture.IMAGE, TURN)
    for answer in (right, turned(lecture.IMAGE, TURN), np.full((4, 4), -3)):
        assert is_right(answer)
    assert not is_right(right + 0.5)
    assert np.count_nonzero(turned(lecture.IMAGE, TURN) == right) == 11


@pytest.mark.parametrize(
    ("kernel", "passes"),
    [(lecture.FILTER_1, True), (lecture.FILTER_2, True), (TURN, False)],
)
def test_a_checker_of_all_numbers_needs_a_filter_that_a_turn_changes(kernel, passes):
    right = ref.correlate2d(lecture.IMAGE, kernel)
    assert np.array_equal(turned(lecture.IMAGE, kernel), right) == passes


def test_the_books_checker_knows_the_turn_by_name():
    assert check.correlate2d(turned).misconception == "kernel turned by 180 degrees"


def test_a_lenient_checker_is_noticed(monkeypatch):
    wrong_values = compare._wrong_values

    def lenient(value, wanted, what):
        return None if np.isclose(value, wanted).any() else wrong_values(value, wanted, what)

    wrong_answers = test_exercises.test_wrong_answers_do_not_pass
    mutants = [p.values for p in test_mutants.MUTANTS if p.values[0] is check.correlate2d]

    def passing():
        return [source for exercise, source in mutants if not refused(exercise, source)]

    def refused(exercise, source):
        names = dict(exercise.function.__globals__)
        exec(source, names)
        return not exercise(names[exercise.answer_name]).passed

    wrong_answers(check.correlate2d)
    strictly = len(passing())
    monkeypatch.setattr(compare, "_wrong_values", lenient)
    with pytest.raises(AssertionError):
        wrong_answers(check.correlate2d)
    assert len(passing()) > strictly


# -------------------------------- 7: the test that complains once in eight runs


@pytest.fixture(scope="module")
def passes():
    return from_the_chapter("passes")


def test_a_right_derivative_is_refused_once_in_eight_runs(passes):
    passed = np.array([passes(seed) for seed in range(1000)])
    assert np.count_nonzero(~passed) == 121
    assert np.mean(~passed) == pytest.approx(1 / 8, abs=0.01)
    nearest = [np.abs(np.random.default_rng(s).normal(size=168)).min() for s in range(1000)]
    assert np.array_equal(np.array(nearest) > 1e-3, passed)


def test_with_a_seed_it_always_says_the_same(passes):
    good, bad = (next(s for s in range(1000) if passes(s) is answer) for answer in (True, False))
    assert all(passes(good) for _ in range(20))
    assert not any(passes(bad) for _ in range(20))


def test_away_from_the_kink_it_is_never_refused():
    away_from_0 = from_the_chapter("away_from_0")
    for seed in range(1000):
        x = away_from_0(seed)
        slopes = (ref.relu(x + 1e-3) - ref.relu(x - 1e-3)) / 2e-3
        assert np.allclose(ref.relu_backward(np.ones(168), x), slopes)
