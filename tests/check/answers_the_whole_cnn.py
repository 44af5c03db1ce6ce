"""Answers to the exercises of chapter 4, as learners write them."""

import numpy as np
from check.answers import Answers
from scipy import signal

from lecturekit import data, shapes
from lecturekit import reference as ref

# ---------------------------------------------------------- conv_parameters


def counted_in_arrays(kernel, channels, filters):
    w = np.zeros((kernel, kernel, channels, filters))
    return w.size + np.zeros(filters).size


def parameters_of_flat_filters(kernel, channels, filters):
    return filters * kernel * kernel + filters


def parameters_without_biases(kernel, channels, filters):
    return np.zeros((kernel, kernel, channels, filters)).size


def parameters_with_one_bias(kernel, channels, filters):
    total = 1
    for _ in range(filters):
        total += kernel * kernel * channels
    return total


def bias_in_each_slice(kernel, channels, filters):
    total = 0
    for _ in range(filters):
        for _ in range(channels):
            total += kernel * kernel + 1
    return total


def parameters_at_each_position(kernel, channels, filters):
    return 26 * 26 * (kernel * kernel * channels + 1) * filters


def biases_multiplied(kernel, channels, filters):
    return kernel * kernel * channels * filters + channels


# -------------------------------------------------------------- cnn_forward


def dense_part(flat, w):
    neurons = np.maximum(flat @ w["dense/kernel"] + w["dense/bias"], 0)
    return neurons @ w["output/kernel"] + w["output/bias"]


def rectified(x):
    return np.where(x > 0, x, 0)


def untouched(x):
    return x


def convolutional_part(x, w, activation=rectified, pool=ref.max_pool2d):
    for name in ("conv2d_1", "conv2d_2"):
        y = ref.conv2d(x, w[name + "/kernel"]) + w[name + "/bias"]
        x = pool(activation(y))
    return x


def to_probabilities(scores, axis=-1):
    e = np.exp(scores - scores.max())
    return e / e.sum(axis=axis, keepdims=True)


def forward_with_relu_last(x, w):
    """Pooling before ReLU: the same numbers."""
    for name in ("conv2d_1", "conv2d_2"):
        y = ref.conv2d(x, w[name + "/kernel"], w[name + "/bias"])
        x = rectified(ref.max_pool2d(y))
    return to_probabilities(dense_part(x.reshape(len(x), -1), w))


def forward_in_float32(x, w):
    w = {name: array.astype(np.float32) for name, array in w.items()}
    x = convolutional_part(x.astype(np.float32), w)
    return to_probabilities(dense_part(ref.flatten(x), w)).astype(np.float32)


def forward_by_the_book(x, w):
    """The package's own network, where the weights fit it, else its functions."""
    if w["conv2d_1/kernel"].shape == (3, 3, 1, 25):
        return data.load_cnn().forward(x)
    return forward_with_relu_last(x, w)


def forward_without_relu(x, w):
    flat = ref.flatten(convolutional_part(x, w, untouched))
    neurons = flat @ w["dense/kernel"] + w["dense/bias"]
    return to_probabilities(neurons @ w["output/kernel"] + w["output/bias"])


def forward_without_relu_in_the_maps(x, w):
    return to_probabilities(dense_part(ref.flatten(convolutional_part(x, w, untouched)), w))


def forward_without_softmax(x, w):
    return dense_part(ref.flatten(convolutional_part(x, w)), w)


def forward_softmax_down(x, w):
    return to_probabilities(forward_without_softmax(x, w), axis=0)


def forward_softmax_of_all(x, w):
    e = np.exp(forward_without_softmax(x, w))
    return e / e.sum()


def forward_shares(x, w):
    scores = forward_without_softmax(x, w)
    return (scores.T / scores.sum(axis=1)).T


def forward_map_by_map(x, w):
    maps = np.moveaxis(convolutional_part(x, w), -1, 1)
    return to_probabilities(dense_part(maps.reshape(len(x), -1), w))


def forward_mean_pooling(x, w):
    pooled = convolutional_part(x, w, pool=ref.avg_pool2d)
    return to_probabilities(dense_part(ref.flatten(pooled), w))


def forward_without_pooling(x, w):
    return to_probabilities(dense_part(ref.flatten(convolutional_part(x, w, pool=untouched)), w))


def forward_absolute(x, w):
    return to_probabilities(dense_part(ref.flatten(convolutional_part(x, w, np.abs)), w))


def forward_the_digit(x, w):
    return forward_with_relu_last(x, w).argmax(axis=1)


def forward_logarithms(x, w):
    return np.log(forward_with_relu_last(x, w))


def forward_first_image(x, w):
    return forward_with_relu_last(x[:1], w)[0]


# ------------------------------------------------------------ relu_backward


def gate_by_where(d_y, x):
    return np.where(x > 0, d_y, 0)


def gate_by_loops(d_y, x):
    d_x = np.zeros(x.size, np.float32)
    for n, (d, value) in enumerate(zip(d_y.ravel(), x.ravel(), strict=True)):
        if value > 0:
            d_x[n] = d
    return d_x.reshape(x.shape)


def gate_on_the_output(d_y, x):
    y = np.maximum(x, 0)
    return d_y * (y >= 0)


def gate_open_at_zero(d_y, x):
    d_x = d_y.copy()
    d_x[x < 0] = 0
    return d_x


def gate_of_the_gradient(d_y, x):
    return np.maximum(d_y, 0)


def gate_of_both(d_y, x):
    d_x = d_y.copy()
    d_x[x <= 0] = 0
    d_x[d_y < 0] = 0
    return d_x


def gate_alone(d_y, x):
    return np.where(x > 0, 1.0, 0.0)


def gate_times_x(d_y, x):
    return d_y * np.maximum(x, 0)


def gate_half_open(d_y, x):
    return d_y * (np.sign(x) + 1) / 2


def gate_leaks(d_y, x):
    return np.where(x > 0, d_y, 0.01 * d_y)


def gate_adds(d_y, x):
    return d_y + (x > 0)


# ------------------------------------------------------ max_pool2d_backward


def whole_blocks(d_y, x, size):
    """The places of all blocks: image, channel, and two slices."""
    for n, i, j, c in np.ndindex(d_y.shape):
        rows, columns = slice(i * size, i * size + size), slice(j * size, j * size + size)
        yield (n, rows, columns, c), d_y[n, i, j, c]


def pool_back_by_loops(d_y, x, size=2):
    d_x = np.zeros(x.shape, np.float32)
    for (n, rows, columns, c), d in whole_blocks(d_y, x, size):
        best = None
        for i in range(rows.start, rows.stop):
            for j in range(columns.start, columns.stop):
                if best is None or x[n, i, j, c] > x[n, best[0], best[1], c]:
                    best = i, j
        d_x[n, best[0], best[1], c] = d
    return d_x


def pool_back_last(d_y, x, size=2):
    d_x = np.zeros(x.shape)
    for (n, rows, columns, c), d in whole_blocks(d_y, x, size):
        largest, best = -np.inf, None
        for i in range(rows.start, rows.stop):
            for j in range(columns.start, columns.stop):
                if x[n, i, j, c] >= largest:
                    largest, best = x[n, i, j, c], (i, j)
        d_x[n, best[0], best[1], c] = d
    return d_x


def pool_back_to_all(d_y, x, size=2):
    d_x = np.zeros(x.shape)
    spread = d_y.repeat(size, axis=1).repeat(size, axis=2)
    d_x[:, : spread.shape[1], : spread.shape[2]] = spread
    return d_x


def pool_back_ties(d_y, x, size=2):
    d_x = np.zeros(x.shape)
    for place, d in whole_blocks(d_y, x, size):
        d_x[place] = d * (x[place] == x[place].max())
    return d_x


def pool_back_shared_ties(d_y, x, size=2):
    d_x = np.zeros(x.shape)
    for place, d in whole_blocks(d_y, x, size):
        mask = x[place] == np.max(x[place])
        d_x[place] = d * mask / np.count_nonzero(mask)
    return d_x


def pool_back_cropped(d_y, x, size=2):
    return pool_back_by_loops(d_y, x, size)[:, : d_y.shape[1] * size, : d_y.shape[2] * size]


def pool_back_values(d_y, x, size=2):
    d_x = np.zeros(x.shape)
    for place, _ in whole_blocks(d_y, x, size):
        block = x[place]
        i, j = np.unravel_index(np.argmax(block), block.shape)
        d_x[place][i, j] = block[i, j]
    return d_x


def pool_back_smallest(d_y, x, size=2):
    return pool_back_by_loops(d_y, -x, size)


def pool_back_two_only(d_y, x, size=2):
    return pool_back_by_loops(d_y[:, : x.shape[1] // 2, : x.shape[2] // 2], x, 2)


def pool_back_by_size(d_y, x, size=2):
    return pool_back_by_loops(np.abs(d_y), x, size)


def pool_back_columns_first(d_y, x, size=2):
    return pool_back_by_loops(d_y.transpose(0, 2, 1, 3), x.transpose(0, 2, 1, 3), size).transpose(
        0, 2, 1, 3
    )


# ---------------------------------------------------------- conv2d_backward


def conv_back_by_loops(d_y, x, w):
    d_x, d_w, d_b = np.zeros(x.shape), np.zeros(w.shape), np.zeros(w.shape[-1])
    for n, i, j, k in np.ndindex(d_y.shape):
        d_b[k] += d_y[n, i, j, k]
        for u, v, c in np.ndindex(w.shape[:3]):
            d_x[n, i + u, j + v, c] += w[u, v, c, k] * d_y[n, i, j, k]
            d_w[u, v, c, k] += x[n, i + u, j + v, c] * d_y[n, i, j, k]
    return d_x, d_w, d_b


def d_w_by_convolution(d_y, x):
    """The gradient of the filters: a convolution of the images with `d_y`."""
    return ref.conv2d(x.transpose(3, 1, 2, 0), d_y.transpose(1, 2, 0, 3)).transpose(1, 2, 0, 3)


def d_x_by_convolution(d_y, w):
    """The gradient of the images: a full convolution of `d_y` with the turned filters."""
    kh, kw = w.shape[:2]
    padded = np.pad(d_y, ((0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1), (0, 0)))
    return ref.conv2d(padded, w[::-1, ::-1].transpose(0, 1, 3, 2))


def conv_back_by_convolutions(d_y, x, w):
    return d_x_by_convolution(d_y, w), d_w_by_convolution(d_y, x), d_y.sum((0, 1, 2))


def conv_back_in_float32(d_y, x, w):
    return [d.astype(np.float32) for d in conv_back_by_convolutions(d_y, x, w)]


def conv_back_not_turned(d_y, x, w):
    """A full convolution with the filters as they are, where they must be turned."""
    return d_x_by_convolution(d_y, w[::-1, ::-1]), d_w_by_convolution(d_y, x), d_y.sum((0, 1, 2))


def conv_back_overwritten(d_y, x, w):
    _, d_w, d_b = conv_back_by_convolutions(d_y, x, w)
    d_x = np.zeros(x.shape)
    for i in range(d_y.shape[1]):
        for j in range(d_y.shape[2]):
            window = np.einsum("nf,uvcf->nuvc", d_y[:, i, j], w)
            d_x[:, i : i + w.shape[0], j : j + w.shape[1]] = window
    return d_x, d_w, d_b


def conv_back_by_scipy(d_y, x, w):
    """SciPy's convolution turns what it is given: here `d_y`."""
    d_x, d_w, d_b = conv_back_by_convolutions(d_y, x, w)
    for c, k in np.ndindex(d_w.shape[2:]):
        maps = zip(x[..., c], d_y[..., k], strict=True)
        turned = [signal.convolve2d(a[::-1, ::-1], b, mode="valid") for a, b in maps]
        d_w[:, :, c, k] = sum(turned)
    return d_x, d_w, d_b


def conv_back_mean(d_y, x, w):
    d_x, d_w, d_b = conv_back_by_loops(d_y, x, w)
    return d_x, d_w / d_y[0, ..., 0].size, d_b


def conv_back_mean_of_batch(d_y, x, w):
    d_x, _, d_b = conv_back_by_loops(d_y, x, w)
    each = [d_w_by_convolution(d_y[n : n + 1], x[n : n + 1]) for n in range(len(x))]
    return d_x, np.mean(each, axis=0), d_b


def conv_back_one_bias(d_y, x, w):
    d_x, d_w, _ = conv_back_by_loops(d_y, x, w)
    return d_x, d_w, np.sum(d_y)


def conv_back_mean_bias(d_y, x, w):
    d_x, d_w, _ = conv_back_by_loops(d_y, x, w)
    return d_x, d_w, d_y.reshape(-1, d_y.shape[-1]).mean(axis=0)


def conv_back_exchanged(d_y, x, w):
    d_x, d_w, d_b = conv_back_by_loops(d_y, x, w)
    return d_w, d_x, d_b


def conv_back_two_results(d_y, x, w):
    return conv_back_by_loops(d_y, x, w)[:2]


def conv_back_one_result(d_y, x, w):
    return conv_back_by_loops(d_y, x, w)[0]


def conv_back_patches_alone(d_y, x, w):
    d_x, _, d_b = conv_back_by_loops(d_y, x, w)
    return d_x, d_w_by_convolution(np.ones_like(d_y), x), d_b


def conv_back_d_x_without_w(d_y, x, w):
    _, d_w, d_b = conv_back_by_loops(d_y, x, w)
    return d_x_by_convolution(d_y, np.ones_like(w)), d_w, d_b


def conv_back_rectified(d_y, x, w):
    d_x, d_w, d_b = conv_back_by_loops(d_y, x, w)
    return np.maximum(d_x, 0), d_w, d_b


def conv_back_everything_overwritten(d_y, x, w):
    d_x, d_w = np.zeros(x.shape), np.zeros(w.shape)
    for i in range(d_y.shape[1]):
        for j in range(d_y.shape[2]):
            patch = x[:, i : i + w.shape[0], j : j + w.shape[1]]
            d_w = np.einsum("nuvc,nf->uvcf", patch, d_y[:, i, j])
            window = np.einsum("nf,uvcf->nuvc", d_y[:, i, j], w)
            d_x[:, i : i + w.shape[0], j : j + w.shape[1]] = window
    return d_x, d_w, d_y.sum((0, 1, 2))


# ------------------------------------------------------------ tied_gradient


def tied_by_the_table(d_matrix, image_shape, kernel_shape):
    table = ref.connections(image_shape, kernel_shape)
    sums = [d_matrix[table == k].sum() for k in range(1, table.max() + 1)]
    return np.reshape(sums, kernel_shape)


def tied_by_weight(d_matrix, image_shape, kernel_shape):
    width, (kh, kw) = image_shape[1], kernel_shape
    columns = width - kw + 1
    d_filter = np.zeros(kernel_shape, np.float32)
    for u, v in np.ndindex(kh, kw):
        for neuron in range(d_matrix.shape[1]):
            i, j = divmod(neuron, columns)
            d_filter[u, v] += d_matrix[(i + u) * width + j + v, neuron]
    return d_filter


def tied_mean(d_matrix, image_shape, kernel_shape):
    table = ref.connections(image_shape, kernel_shape)
    means = [d_matrix[table == k].mean() for k in range(1, table.max() + 1)]
    return np.reshape(means, kernel_shape)


def tied_first(d_matrix, image_shape, kernel_shape):
    kh, kw = kernel_shape
    return d_matrix[:, 0].reshape(image_shape)[:kh, :kw]


def tied_last(d_matrix, image_shape, kernel_shape):
    kh, kw = kernel_shape
    return d_matrix[:, -1].reshape(image_shape)[-kh:, -kw:]


def tied_in_a_row(d_matrix, image_shape, kernel_shape):
    table = ref.connections(image_shape, kernel_shape)
    return np.array([d_matrix[table == k].sum() for k in range(1, table.max() + 1)])


def tied_turned(d_matrix, image_shape, kernel_shape):
    return np.flip(tied_by_weight(d_matrix, image_shape, kernel_shape))


def tied_pixels(d_matrix, image_shape, kernel_shape):
    return d_matrix.reshape(*image_shape, -1).sum(-1)


def tied_for_a_square(d_matrix, image_shape, kernel_shape):
    height, (kh, kw) = image_shape[0], kernel_shape
    d_filter = np.zeros(kernel_shape)
    for neuron in range(d_matrix.shape[1]):
        i, j = divmod(neuron, height - kh + 1)
        d_pixels = d_matrix[:, neuron].reshape(image_shape)
        window = d_pixels[i : i + kh, j : j + kw]
        d_filter[: len(window), : window.shape[1]] += window
    return d_filter


def tied_over_the_batch(d_matrix, image_shape, kernel_shape):
    return tied_by_weight(d_matrix, image_shape, kernel_shape) / len(d_matrix)


def tied_largest(d_matrix, image_shape, kernel_shape):
    table = ref.connections(image_shape, kernel_shape)
    best = [max(d_matrix[table == k], key=abs) for k in range(1, table.max() + 1)]
    return np.reshape(best, kernel_shape)


ANSWERS = {
    "conv_parameters": Answers(
        named={
            "the channels are left out": parameters_of_flat_filters,
            "the biases are left out": parameters_without_biases,
            "one bias for the whole layer": parameters_with_one_bias,
            "a bias for each channel": bias_in_each_slice,
        },
        wrong=[
            parameters_at_each_position, biases_multiplied,
            lambda kernel, channels, filters: [kernel * kernel * channels * filters, filters],
        ],
        right=[
            counted_in_arrays,
            lambda kernel, channels, filters: shapes.conv2d_parameters(kernel, channels, filters),
        ],
    ),
    "cnn_forward": Answers(
        named={
            "ReLU is left out everywhere": forward_without_relu,
            "ReLU after the convolutions is left out": forward_without_relu_in_the_maps,
            "softmax is left out": forward_without_softmax,
            "softmax over the batch": forward_softmax_down,
            "softmax over all numbers": forward_softmax_of_all,
            "the scores divided by their sum": forward_shares,
            "flattened with the channels first": forward_map_by_map,
            "the mean in place of the maximum": forward_mean_pooling,
        },
        wrong=[
            forward_without_pooling, forward_absolute, forward_the_digit, forward_logarithms,
            forward_first_image,
        ],
        right=[forward_with_relu_last, forward_in_float32, forward_by_the_book],
    ),
    "relu_backward": Answers(
        named={
            "everything passes": gate_on_the_output,
            "zero lets pass": gate_open_at_zero,
            "ReLU on the way back": gate_of_the_gradient,
            "both must be above zero": gate_of_both,
            "the derivative alone": gate_alone,
            "multiplied by the input": gate_times_x,
        },
        wrong=[gate_half_open, gate_leaks, gate_adds],
        right=[gate_by_where, gate_by_loops, ref.relu_backward],
    ),
    "max_pool2d_backward": Answers(
        named={
            "to all of the block": pool_back_to_all,
            "shared among the block": ref.avg_pool2d_backward,
            "to all of the equal ones": pool_back_ties,
            "shared among the equal ones": pool_back_shared_ties,
            "the last of the equal ones": pool_back_last,
            "the left-over rows are missing": pool_back_cropped,
            "the maximum in place of its gradient": pool_back_values,
        },
        wrong=[pool_back_smallest, pool_back_two_only, pool_back_by_size, pool_back_columns_first],
        right=[pool_back_by_loops, ref.max_pool2d_backward],
    ),
    "conv2d_backward": Answers(
        named={
            "d_x through the turned filter": conv_back_not_turned,
            "windows overwrite each other": conv_back_overwritten,
            "d_w turned by 180 degrees": conv_back_by_scipy,
            "d_w of the last position only": conv_back_everything_overwritten,
            "d_w averaged over the positions": conv_back_mean,
            "d_w averaged over the batch": conv_back_mean_of_batch,
            "one bias for all filters": conv_back_one_bias,
            "d_b averaged": conv_back_mean_bias,
            "d_x and d_w exchanged": conv_back_exchanged,
        },
        wrong=[
            conv_back_two_results, conv_back_one_result, conv_back_patches_alone,
            conv_back_d_x_without_w, conv_back_rectified,
        ],
        right=[
            conv_back_by_loops, conv_back_by_convolutions, conv_back_in_float32,
            ref.conv2d_backward,
        ],
    ),
    "tied_gradient": Answers(
        named={
            "the average in place of the sum": tied_mean,
            "the first copy only": tied_first,
            "the last copy only": tied_last,
            "still in one row": tied_in_a_row,
            "turned by 180 degrees": tied_turned,
            "a gradient for each pixel": tied_pixels,
        },
        wrong=[tied_for_a_square, tied_over_the_batch, tied_largest],
        right=[tied_by_the_table, tied_by_weight],
    ),
}  # fmt: skip
