/**
 * Recorded rankings and what they are worth: collections, runs and judgments in the TREC and BEIR formats, and ranking
 * measures with trec_eval's names and definitions.
 */
@NullMarked
package io.streamrank.replay;

import org.jspecify.annotations.NullMarked;
