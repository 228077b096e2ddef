package io.streamrank.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.model.EncodedPair;
import io.streamrank.replay.QueryPair;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a model's token ids and scores compare with what was expected of them.
 *
 * @param pairs how many pairs there were
 * @param scored how many had an expected score
 * @param outside how many of those are off by more than the tolerance
 * @param tolerance how far a score may be off
 * @param worst the pair whose score is furthest off; null where none had one
 * @param encoded how many had expected token ids
 * @param misread how many of those have others
 * @param first the first pair with other ids; null where all are as expected
 */
record Verification(
        int pairs,
        int scored,
        int outside,
        double tolerance,
        @Nullable Miss worst,
        int encoded,
        int misread,
        @Nullable Misreading first) {
    private static final int EXCERPT = 60;

    /** A pair's score beside the expected one; pairs count from 1. */
    record Miss(int pair, String query, double expected, double score) {
        /** Infinite where the score is no number. */
        double distance() {
            double distance = Math.abs(score - expected);
            return Double.isNaN(distance) ? Double.POSITIVE_INFINITY : distance;
        }
    }

    /** Where a pair's ids depart from the expected ones; both count from 1. */
    record Misreading(int pair, String query, int position, int expectedTokens, int tokens) {}

    /** @throws IOException naming the file where a pair has neither score nor ids: nothing would be verified */
    static void requireExpectations(Path file, List<QueryPair> pairs) throws IOException {
        for (int i = 0; i < pairs.size(); i++) {
            if (pairs.get(i).score().isEmpty() && pairs.get(i).ids().isEmpty()) {
                throw new IOException(
                        file + ": pair " + (i + 1) + " has neither \"score\" nor \"input_ids\" to verify");
            }
        }
    }

    static Verification of(List<QueryPair> pairs, PairScores found, double tolerance) {
        int scored = 0;
        int outside = 0;
        int encoded = 0;
        int misread = 0;
        Miss worst = null;
        Misreading first = null;
        for (int i = 0; i < pairs.size(); i++) {
            QueryPair pair = pairs.get(i);
            if (pair.score().isPresent()) {
                scored++;
                Miss miss = new Miss(i + 1, pair.query(), pair.score().get(), found.scores()[i]);
                outside += miss.distance() > tolerance ? 1 : 0;
                worst = worst == null || miss.distance() > worst.distance() ? miss : worst;
            }
            if (pair.ids().isPresent()) {
                encoded++;
                Misreading other =
                        misreading(i, pair, pair.ids().get(), found.pairs().get(i));
                misread += other == null ? 0 : 1;
                first = first == null ? other : first;
            }
        }
        return new Verification(pairs.size(), scored, outside, tolerance, worst, encoded, misread, first);
    }

    private static @Nullable Misreading misreading(
            int index, QueryPair pair, List<Integer> expected, EncodedPair found) {
        int[] ids = expected.stream().mapToInt(Integer::intValue).toArray();
        int differs = Arrays.mismatch(ids, found.ids());
        return differs < 0 ? null : new Misreading(index + 1, pair.query(), differs + 1, ids.length, found.tokens());
    }

    boolean holds() {
        return outside == 0 && misread == 0;
    }

    void print(Terminal terminal, ModelsReport report) {
        if (encoded > 0) {
            report.field("token ids", "%,d of %,d pairs as expected", encoded - misread, encoded);
        }
        if (first != null) {
            report.field(
                    "",
                    "pair %,d differs from token %,d on (%,d tokens, expected %,d): %s",
                    first.pair(),
                    first.position(),
                    first.tokens(),
                    first.expectedTokens(),
                    excerpt(first.query()));
        }
        if (worst != null) {
            report.field("scores", "%,d of %,d within %s", scored - outside, scored, tolerance);
            report.field(
                    "worst",
                    "pair %,d is off by %.3g: %.6f, expected %.6f: %s",
                    worst.pair(),
                    worst.distance(),
                    worst.score(),
                    worst.expected(),
                    excerpt(worst.query()));
        }
        terminal.line(holds() ? "  @|bold,green verified|@" : "  @|bold,red not as expected|@");
    }

    private static String excerpt(String query) {
        return Excerpt.of(query, query, EXCERPT);
    }

    void put(ObjectNode node) {
        node.put("verified", holds()).put("pairs", pairs);
        ObjectNode scores = node.putObject("scores");
        scores.put("expected", scored).put("outside", outside).put("tolerance", tolerance);
        if (worst != null) {
            scores.putObject("worst")
                    .put("pair", worst.pair())
                    .put("score", worst.score())
                    .put("expected", worst.expected())
                    .put("distance", worst.distance());
        }
        ObjectNode ids = node.putObject("tokenIds");
        ids.put("expected", encoded).put("different", misread);
        if (first != null) {
            ids.putObject("first")
                    .put("pair", first.pair())
                    .put("position", first.position())
                    .put("tokens", first.tokens())
                    .put("expectedTokens", first.expectedTokens());
        }
    }
}
