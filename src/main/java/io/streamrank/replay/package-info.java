/**
 * Recorded rankings and what they are worth: collections, runs and judgments in the TREC and BEIR formats, ranking measures
 * with trec_eval's names and definitions, and the statistics of comparing them. Reports and plots have packages of their
 * own.
 */
@NullMarked
package io.streamrank.replay;

import org.jspecify.annotations.NullMarked;
