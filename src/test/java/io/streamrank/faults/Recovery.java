package io.streamrank.faults;

/**
 * How long things took after a blow.
 *
 * @param isOver whether every partition concerned has an outcome that was written after it
 * @param nextMillis until the last of them had
 * @param caughtUpMillis until all that was sent before the end of the fault was answered
 */
record Recovery(boolean isOver, long nextMillis, long caughtUpMillis) {}
