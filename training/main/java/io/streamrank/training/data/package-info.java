/**
 * What a training run reads: judged collections, files of labelled lists and triples, sampled into groups of one query
 * and its documents, in an order that a seed decides and that can be entered anywhere. Also what makes such files: hard
 * negatives and a teacher's scores.
 */
@NullMarked
package io.streamrank.training.data;

import org.jspecify.annotations.NullMarked;
