package io.streamrank.replay.report;

import io.streamrank.replay.RankBiasedOverlap;
import io.streamrank.replay.RankCorrelation;
import io.streamrank.replay.TrecRun.Entry;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How alike two rankings of one list are. Where one of them was cut, ranks are compared down to its last one.
 *
 * @param sameFirst whether they have the same first document
 * @param overlap the share of the first k ranks that they have in common; k is no more than the shorter has
 * @param rbo rank-biased overlap, extrapolated
 * @param tau Kendall's tau-b of the scores of the documents in both; NaN where there is no order to agree on
 * @param shift how much higher the second's scores are, on average over those documents; NaN where there are none
 */
record Agreement(boolean sameFirst, double overlap, double rbo, double tau, double shift) {
    static Agreement of(List<Entry> first, List<Entry> second, int topK, double p) {
        List<String> a = first.stream().map(Entry::documentId).toList();
        List<String> b = second.stream().map(Entry::documentId).toList();
        int both = Math.min(a.size(), b.size());
        int depth = Math.min(topK, both);
        Set<String> top = new HashSet<>(a.subList(0, depth));
        long sharedTop = b.subList(0, depth).stream().filter(top::contains).count();
        Map<String, Double> scores = new HashMap<>();
        first.forEach(entry -> scores.put(entry.documentId(), entry.score()));
        List<Entry> shared = second.stream()
                .filter(entry -> scores.containsKey(entry.documentId()))
                .toList();
        double[] old = shared.stream()
                .mapToDouble(entry -> scores.getOrDefault(entry.documentId(), Double.NaN))
                .toArray();
        double[] now = shared.stream().mapToDouble(Entry::score).toArray();
        double shift = 0;
        for (int i = 0; i < now.length; i++) {
            shift += (now[i] - old[i]) / now.length;
        }
        return new Agreement(
                !a.isEmpty() && !b.isEmpty() && a.get(0).equals(b.get(0)),
                depth == 0 ? (a.isEmpty() && b.isEmpty() ? 1 : 0) : (double) sharedTop / depth,
                RankBiasedOverlap.of(a.subList(0, both), b.subList(0, both), p),
                RankCorrelation.kendall(old, now),
                now.length == 0 ? Double.NaN : shift);
    }
}
