package io.streamrank.ingest;

import io.streamrank.model.Reranker;
import java.util.List;
import java.util.Map;

/**
 * What became of requests that were scored together.
 *
 * @param all in the order the requests were given
 * @param costs what each model's forward passes cost
 */
record Verdicts<R extends Rankable>(List<Verdict<R>> all, Map<Reranker, ScoredBatch.Cost> costs) {}
