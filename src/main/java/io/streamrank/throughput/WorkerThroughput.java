package io.streamrank.throughput;

import static java.util.Comparator.comparing;
import static java.util.Objects.requireNonNull;

import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.Throughput;
import io.streamrank.contract.ThroughputScope;
import io.streamrank.contract.WindowSize;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One worker's own throughput, added up in memory from what it told of its transactions, by the same sums as the
 * topology: for where that does not run. Begins anew with each process, and knows of no other worker. Thread-safe.
 */
public final class WorkerThroughput {
    /** As {@link ThroughputQueries#all} gives them. */
    private static final Comparator<Throughput> ORDER = comparing(
                    (Throughput window) -> window.scope().model())
            .thenComparing(window -> window.scope().revision())
            .thenComparing(
                    window -> Optional.ofNullable(window.scope().worker()).orElse(""))
            .thenComparing(Throughput::start);

    private final Sums sums;
    private final int windowsKept;
    private final Clock clock;
    private final Map<WindowSize, NavigableMap<Instant, Map<ThroughputScope, Throughput>>> windows =
            new EnumMap<>(WindowSize.class);

    /**
     * @param windowsKept the most windows of each size that are kept, the latest ones, not counting those in which
     *     nothing was done
     */
    public WorkerThroughput(Prices prices, int windowsKept, Clock clock) {
        if (windowsKept < 1) {
            throw new IllegalArgumentException("at least one window must be kept, not " + windowsKept);
        }
        this.sums = new Sums(prices);
        this.windowsKept = windowsKept;
        this.clock = requireNonNull(clock, "clock");
        for (WindowSize size : WindowSize.values()) {
            windows.put(size, new TreeMap<>());
        }
    }

    /** Adds what a transaction told, to one window of each size: that of its time, but never of one to come. */
    public synchronized void add(BatchStatistics told) {
        Instant now = clock.instant();
        Instant time = told.time().isAfter(now) ? now : told.time();
        ThroughputScope scope =
                new ThroughputScope(told.model().id(), told.model().revision(), told.worker());
        windows.forEach((size, kept) -> {
            Instant start = size.startOf(time);
            boolean late = kept.size() >= windowsKept && start.isBefore(kept.firstKey());
            Instant takes = late ? kept.lastKey() : start;
            kept.computeIfAbsent(takes, any -> new HashMap<>()).compute(scope, (any, before) -> {
                Throughput window = before == null ? Throughput.none(scope, size, takes) : before;
                return late ? sums.plusLate(window, told) : sums.plus(window, told);
            });
            while (kept.size() > windowsKept) {
                kept.pollFirstEntry();
            }
        });
    }

    /**
     * The windows that are kept: by model, revision, worker and start; of each model all workers together first, who
     * are this one alone.
     *
     * @param from the earliest start
     * @param to the latest start
     */
    public synchronized List<Throughput> windows(WindowSize size, Instant from, Instant to) {
        List<Throughput> found = new ArrayList<>();
        if (!from.isAfter(to)) {
            requireNonNull(windows.get(size)).subMap(from, true, to, true).values().stream()
                    .flatMap(ofModels -> ofModels.values().stream())
                    .forEach(window -> {
                        found.add(ofAllWorkers(window));
                        found.add(window);
                    });
        }
        found.sort(ORDER);
        return found;
    }

    private static Throughput ofAllWorkers(Throughput window) {
        return new Throughput(
                window.scope().allWorkers(),
                window.size(),
                window.start(),
                window.work(),
                window.late(),
                window.devices(),
                window.cost(),
                window.queue(),
                window.inference(),
                window.endToEnd());
    }
}
