"""The sections of the book that a check may point to."""

from typing import NamedTuple


class Section(NamedTuple):
    """A heading of a chapter, and the label that stands before it in the notebook."""

    label: str
    chapter: int
    heading: str

    def __str__(self) -> str:
        return f"chapter {self.chapter}, “{self.heading}”"


SECTIONS = {
    section.label: section
    for section in (
        Section("why-weights", 1, "How many weights does a fully connected layer need?"),
        Section("why-small", 1, "Property 1: some patterns are much smaller than the image"),
        Section("why-regions", 1, "Property 2: the same patterns appear in different regions"),
        Section("why-subsampling", 1, "Property 3: subsampling does not change the object"),
        Section("why-left-out", 1, "What a CNN leaves out"),
        Section("why-limits", 1, "When the properties do not hold"),
        Section("conv-one-output", 2, "One number by hand"),
        Section("conv-stride-1", 2, "Every position"),
        Section("conv-same-pattern", 2, "The same pattern, found twice"),
        Section("conv-stride-2", 2, "A larger step"),
        Section("conv-filter-2", 2, "Filter 2: the image gets channels"),
        Section("conv-padding", 2, "Padding: keep the size"),
        Section("conv-digit", 2, "A filter on a handwritten digit"),
        Section("conv-color", 2, "Color: the filter is a cube"),
        Section(
            "conv-fully-connected", 2, "Convolution is a fully connected layer that left things out"
        ),
        Section("conv-cross-correlation", 2, "Is this a convolution?"),
        Section("pool-one-block", 3, "One block by hand"),
        Section("pool-both", 3, "Both maps in one call"),
        Section("pool-mean", 3, "The mean instead"),
        Section("pool-window", 3, "Windows that overlap, and rows that are left over"),
        Section("pool-dropped", 3, "What is dropped: from 11 to 5"),
        Section("pool-digit", 3, "A digit that survives"),
        Section("pool-board", 3, "A position that does not survive"),
        Section("pool-shift", 3, "Small shifts"),
        Section("whole-digit", 4, "The digit"),
        Section("whole-first-convolution", 4, "The first convolution"),
        Section("whole-first-pooling", 4, "The first max pooling"),
        Section("whole-repeat", 4, "It can repeat many times"),
        Section(
            "whole-second-convolution", 4, "The second convolution, and the lecture's question"
        ),
        Section("whole-second-pooling", 4, "The second max pooling"),
        Section("whole-flatten", 4, "Flatten"),
        Section("whole-dense", 4, "The fully connected network"),
        Section("whole-receptive-field", 4, "What one unit sees"),
        Section("whole-parameters", 4, "Where the parameters are"),
        Section("whole-relu-order", 4, "Does the order of ReLU and pooling matter?"),
        Section("whole-keras", 4, "Keras computes the same"),
        Section("whole-look", 4, "Look for yourself"),
        Section("whole-back", 4, "The way back: what training asks"),
        Section("whole-back-dense", 4, "Back through the dense layer"),
        Section("whole-back-pooling", 4, "Back through flatten and max pooling"),
        Section("whole-back-convolution", 4, "Back through the convolution"),
        Section("whole-back-network", 4, "The same way back in the lecture's network"),
        Section("whole-maximum", 4, "How can one differentiate a maximum?"),
        Section("whole-tied", 4, "Tied weights: the sum, not the average"),
        Section("whole-gradient-check", 4, "Is the gradient right?"),
        Section("whole-numpy-training", 4, "The network learns, in NumPy alone"),
        Section("keras-side-by-side", 5, "Two networks, side by side"),
        Section("keras-input-shape", 5, "The input format: from a vector to a tensor"),
        Section("keras-shapes", 5, "9 weights, then 225"),
        Section("keras-keras-1", 5, "A line from 2017"),
        Section("keras-activation", 5, "The activation that the slide does not print"),
        Section("keras-train", 5, "Train both"),
        Section("keras-360-digits", 5, "What 360 digits can prove"),
        Section("keras-moved", 5, "What they can show: move the digits"),
        Section("keras-mistakes", 5, "Every mistake"),
        Section("keras-detective", 5, "A case for a detective"),
        Section("learn-first-layer", 6, "The first layer can be read"),
        Section("learn-second-layer", 6, "The second layer cannot"),
        Section("learn-degree", 6, "How active is a filter? One number"),
        Section("learn-one-step", 6, "One step uphill"),
        Section("learn-ascent", 6, "A hundred steps"),
        Section("learn-range", 6, "Why the pixels stay between 0 and 1"),
        Section("learn-before-relu", 6, "Why before the activation function"),
        Section("learn-all-filters", 6, "All 50 filters"),
        Section("learn-check", 6, "Is it really the largest?"),
        Section("learn-texture", 6, "Why textures?"),
        Section("learn-starts", 6, "Another start"),
        Section("learn-slider", 6, "Climb yourself"),
        Section("learn-neurons", 6, "The neurons of the dense layer"),
        Section("learn-digits", 6, "Can we see digits?"),
        Section("learn-penalty", 6, "The lecture's penalty"),
        Section("learn-page", 6, "Climb in the page"),
        Section("learn-drawings", 6, "More of what we know"),
        Section("learn-second-opinion", 6, "A second opinion"),
        Section("learn-fooled", 6, "Easily fooled"),
        Section("see-saliency", 7, "Which pixels matter?"),
        Section("see-occlusion", 7, "Cover a part"),
        Section("see-agree", 7, "Do the methods agree?"),
        Section("see-dream", 7, "Deep Dream"),
        Section("see-style", 7, "Deep Style"),
        Section("museum-ascent", 8, "Exhibit 1: the ascent that descends"),
        Section("museum-reshape", 8, "Exhibit 2: the network that never saw its images"),
        Section("museum-relu", 8, "Exhibit 3: the derivative that is always 1"),
        Section("museum-average", 8, "Exhibit 4: the averaged gradient"),
        Section("museum-window", 8, "Exhibit 5: the window that slides wrong"),
        Section("museum-any", 8, "Exhibit 6: the checker that passes anything"),
        Section("museum-seed", 8, "Exhibit 7: the test that complains once in eight runs"),
        Section("museum-rule", 8, "Recap: the rule behind all of them"),
    )
}
"""By label: every labeled section of the chapters."""
