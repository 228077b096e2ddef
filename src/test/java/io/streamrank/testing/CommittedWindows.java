package io.streamrank.testing;

import io.streamrank.contract.RejectedException;
import io.streamrank.contract.Throughput;
import io.streamrank.contract.ThroughputCodec;
import io.streamrank.contract.ThroughputKeys;
import io.streamrank.contract.ThroughputKeys.Window;
import io.streamrank.contract.WindowSize;
import io.streamrank.contract.Work;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The last state of every window in a throughput topic, as a reader of committed records sees it. */
public final class CommittedWindows {
    private final Map<Window, Throughput> latest;

    private CommittedWindows(Map<Window, Throughput> latest) {
        this.latest = latest;
    }

    /** Reads all that is committed now. */
    public static CommittedWindows read(String bootstrapServers, String topic) throws RejectedException {
        ThroughputCodec codec = new ThroughputCodec();
        Map<Window, Throughput> latest = new HashMap<>();
        for (var record : CommittedRecords.of(bootstrapServers, topic)) {
            latest.put(ThroughputKeys.decode(record.key()), codec.decode(record.value()));
        }
        return new CommittedWindows(latest);
    }

    private Stream<Work> work(WindowSize size, boolean together) {
        return latest.values().stream()
                .filter(window -> window.size() == size && (window.scope().worker() == null) == together)
                .flatMap(window -> Stream.of(window.work(), window.late()));
    }

    /**
     * Pairs in all windows of a size, late ones included.
     *
     * @param together whether those of all workers together count, or those of each
     */
    public long pairs(WindowSize size, boolean together) {
        return work(size, together).mapToLong(Work::pairs).sum();
    }

    /** What all windows of a size add up to, in the words of {@link Ledger#answered()}. */
    public Map<String, Long> sums(WindowSize size, boolean together) {
        Map<String, Long> sums = new TreeMap<>();
        work(size, together).forEach(work -> {
            sums.merge("requests", work.requests(), Long::sum);
            sums.merge("expired", work.expired(), Long::sum);
            sums.merge("pairs", work.pairs(), Long::sum);
            work.rejections().forEach((reason, count) -> sums.merge(reason.word(), count, Long::sum));
        });
        sums.values().removeIf(count -> count == 0);
        return sums;
    }
}
