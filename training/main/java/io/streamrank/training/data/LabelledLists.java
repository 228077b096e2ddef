package io.streamrank.training.data;

import java.io.Closeable;
import java.io.IOException;
import java.util.SplittableRandom;

/** A data set: labelled lists that can be read in any order. */
interface LabelledLists extends Closeable {

    /** How many lists there are, at least one. */
    int size();

    /** A list by its number. */
    LabelledList list(int number) throws IOException;

    /** Any document at all, as a negative for some query; the caller sees to it that it is not one of its positives. */
    LabelledDocument anyDocument(SplittableRandom random) throws IOException;
}
