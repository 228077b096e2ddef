package io.streamrank.replay.run;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.Framing;
import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.SourcePosition;
import io.streamrank.replay.run.BoundedLog.Entry;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How lists were ranked when they were live, found in the ranked topic while the candidates are read: a list's ranking is
 * in the partition of its own number, and rankings of one partition come in their lists' order. So each ranked partition
 * is read along; rankings whose lists are still to come wait in a window of bounded size, those whose lists are past are
 * forgotten. A window that is full is not read on until something in it is past: a ranking further away than that is
 * taken not to be there. Where a list was ranked several times, the first one counts. For one thread.
 */
final class LiveRankings implements AutoCloseable {
    private final RankedListCodec codec;
    private final BoundedLog log;
    private final int rankedPartitions;
    private final String candidates;
    private final Map<Integer, OffsetRange> wanted;
    private final long windowBytes;
    private final Map<Integer, Long> past = new HashMap<>();
    private final Map<Integer, Window> windows = new HashMap<>();

    /** Rankings of one ranked partition that wait for their lists, by candidates partition and offset. */
    private static final class Window {
        private final Map<Integer, NavigableMap<Long, Waiting>> waiting = new HashMap<>();
        private long bytes;

        boolean holds(SourcePosition source) {
            return of(source.partition()).containsKey(source.offset());
        }

        NavigableMap<Long, Waiting> of(int partition) {
            return waiting.computeIfAbsent(partition, any -> new TreeMap<>());
        }

        void forgetBefore(int partition, long offset) {
            NavigableMap<Long, Waiting> gone = of(partition).headMap(offset, false);
            gone.values().forEach(ranking -> bytes -= ranking.value.length);
            gone.clear();
        }
    }

    /** A ranking as it came: decoded it would be several times as large. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Waiting(long offset, byte[] value) {}

    /**
     * @param log of the ranked topic
     * @param rankedPartitions how many partitions that has
     * @param candidates the topic that the lists are in
     * @param wanted which of its offsets lists are read from
     * @param windowBytes how many bytes of rankings may wait, in all partitions
     * @param framing of rankings
     */
    LiveRankings(
            BoundedLog log,
            int rankedPartitions,
            String candidates,
            Map<Integer, OffsetRange> wanted,
            long windowBytes,
            Framing framing) {
        this.codec = new RankedListCodec(framing);
        this.log = log;
        this.rankedPartitions = rankedPartitions;
        this.candidates = candidates;
        this.wanted = Map.copyOf(wanted);
        this.windowBytes =
                Math.max(1, windowBytes / Math.max(1, log.partitions().size()));
        wanted.forEach((partition, range) -> past.put(partition, range.from()));
        log.partitions().forEach(partition -> windows.put(partition, new Window()));
    }

    /** Tells that everything before this offset of a candidates partition is past. */
    void past(int partition, long offset) {
        past.put(partition, offset);
        window(partition).forgetBefore(partition, offset);
    }

    /** The ranking of a list that is not past. */
    Optional<Ranking> find(SourcePosition source) {
        Window window = window(source.partition());
        int ranked = ranked(source.partition());
        boolean more = true;
        while (more && !window.holds(source) && window.bytes < windowBytes) {
            Entry next = log.peek(ranked);
            more = next != null;
            if (next != null) {
                take(next, window);
                log.remove(ranked);
            }
        }
        Waiting found = window.of(source.partition()).get(source.offset());
        return found == null ? Optional.empty() : Optional.of(decoded(found)).filter(this::isRanked);
    }

    private boolean isRanked(Ranking ranking) {
        return ranking.outcome() == Ranking.Outcome.RANKED;
    }

    private void take(Entry entry, Window window) {
        if (!(entry instanceof Entry.Found found) || found.record().value() == null) {
            return;
        }
        byte[] value = found.record().value();
        try {
            SourcePosition source = codec.decode(value).source();
            if (isToCome(source) && !window.holds(source)) {
                window.of(source.partition())
                        .put(source.offset(), new Waiting(found.record().offset(), value));
                window.bytes += value.length;
            }
        } catch (RejectedException e) {
            // No ranking, and so no list's.
        }
    }

    private boolean isToCome(SourcePosition source) {
        OffsetRange range = wanted.get(source.partition());
        return range != null
                && source.topic().equals(candidates)
                && source.offset() < range.to()
                && source.offset() >= requireNonNull(past.get(source.partition()));
    }

    private Ranking decoded(Waiting ranking) {
        try {
            return codec.decode(ranking.value);
        } catch (RejectedException e) {
            throw new IllegalStateException("a ranking that could be read cannot be read again", e);
        }
    }

    /** For each ranked partition, where to read again to find all that is still to be found. */
    Map<Integer, Long> positions() {
        Map<Integer, Long> positions = new TreeMap<>();
        windows.forEach((partition, window) -> positions.put(
                partition,
                window.waiting.values().stream()
                        .flatMap(waiting -> waiting.values().stream())
                        .mapToLong(Waiting::offset)
                        .min()
                        .orElseGet(() -> log.next(partition))));
        return positions;
    }

    private Window window(int partition) {
        return requireNonNull(windows.get(ranked(partition)));
    }

    /** Where a list's ranking goes. */
    private int ranked(int partition) {
        return partition % rankedPartitions;
    }

    @Override
    public void close() {
        log.close();
    }
}
