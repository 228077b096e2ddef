package io.streamrank.model;

import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/**
 * Spans laid end to end without padding, shortest first, in the one int32 buffer that a forward pass takes: spans,
 * longest, borders (spans + 1), ids, positions, segments, and then what the tables' rows take ({@code causal.py} and
 * {@code decoder.py} say what). Order by length makes runs of equal length, which attention on the CPU takes in one call.
 *
 * @param buffer what goes to the device; must not be changed
 * @param order of each packed span, in order, which of the caller's it is
 */
@SuppressWarnings("ArrayRecordComponent") // handed straight to native memory, never compared
public record PackedBatch(int[] buffer, int[] order) {

    /** A batch of whole pairs. */
    static PackedBatch of(List<EncodedPair> pairs, Architecture architecture) {
        return ofSpans(pairs.stream().map(Span::whole).toList(), architecture);
    }

    /** A batch of spans: all whole pairs, or all prefixes, or all rests. */
    static PackedBatch ofSpans(List<Span> spans, Architecture architecture) {
        List<Span> ordered = spans.stream().sorted(BY_LENGTH).toList();
        int n = ordered.size();
        int tokens = Math.toIntExact(sum(ordered, Span::tokens));
        boolean keys = architecture.memory() == Memory.TOKEN && ordered.get(0).from() > 0;
        int rows = Math.toIntExact(sum(ordered, span -> span.rows().length));
        int[] buffer = new int[Math.toIntExact(3L + n + 3L * tokens + rows + (keys ? n + 1L + rows + tokens : 0))];
        buffer[0] = n;
        buffer[1] = ordered.get(n - 1).tokens();
        fillTokens(buffer, ordered, tokens, architecture);
        int rest = 3 + n + 3 * tokens;
        if (keys) {
            fillKeys(buffer, ordered, rest, rows);
            rest += n + 1;
        }
        for (Span span : ordered) {
            System.arraycopy(span.rows(), 0, buffer, rest, span.rows().length);
            rest += span.rows().length;
        }
        return new PackedBatch(buffer, order(spans));
    }

    private static final Comparator<Span> BY_LENGTH =
            Comparator.comparingInt(Span::tokens).thenComparingInt(Span::to);

    /** Sorting is stable, so that the order of the indices is that of the spans. */
    private static int[] order(List<Span> spans) {
        return IntStream.range(0, spans.size())
                .boxed()
                .sorted(Comparator.comparing(spans::get, BY_LENGTH))
                .mapToInt(index -> index)
                .toArray();
    }

    private static void fillTokens(int[] buffer, List<Span> spans, int tokens, Architecture architecture) {
        int ids = 3 + spans.size();
        int at = 0;
        for (int i = 0; i < spans.size(); i++) {
            Span span = spans.get(i);
            EncodedPair pair = span.pair();
            int length = span.tokens();
            // A recurrence counts from where it goes on.
            int first = architecture.memory() == Memory.SEQUENCE ? 0 : architecture.firstPosition() + span.from();
            System.arraycopy(pair.ids(), span.from(), buffer, ids + at, length);
            for (int j = 0; j < length; j++) {
                buffer[ids + tokens + at + j] = first + j;
            }
            if (pair.typeIds().length > 0) {
                System.arraycopy(pair.typeIds(), span.from(), buffer, ids + 2 * tokens + at, length);
            }
            at += length;
            buffer[3 + i] = at;
        }
    }

    /** Borders of each span's keys; behind the rows, the places of the known keys and of the spans' own among them. */
    private static void fillKeys(int[] buffer, List<Span> spans, int rest, int rows) {
        int knownAt = rest + spans.size() + 1 + rows;
        int ownAt = knownAt + rows;
        int key = 0;
        for (int i = 0; i < spans.size(); i++) {
            Span span = spans.get(i);
            for (int j = 0; j < span.rows().length; j++) {
                buffer[knownAt++] = key++;
            }
            for (int j = 0; j < span.tokens(); j++) {
                buffer[ownAt++] = key++;
            }
            buffer[rest + 1 + i] = key;
        }
    }

    private static long sum(List<Span> spans, ToIntFunction<Span> count) {
        return spans.stream().mapToLong(count::applyAsInt).sum();
    }

    /** Tokens of all spans. */
    public int tokens() {
        return buffer[2 + buffer[0]];
    }

    /** Scores in the packed order, put back into the spans' own. */
    float[] inCallersOrder(float[] packed) {
        float[] scores = new float[packed.length];
        for (int i = 0; i < packed.length; i++) {
            scores[order[i]] = packed[i];
        }
        return scores;
    }
}
