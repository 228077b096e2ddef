package io.streamrank.cli;

import static java.util.Comparator.comparing;

import io.streamrank.contract.Throughput;
import io.streamrank.contract.ThroughputScope;
import io.streamrank.contract.WindowSize;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a person sees of the throughput: the last window that has ended, a line for each model and under it one for each
 * of its workers; until one has ended, the window that fills. Who has done nothing in it but did in one of the windows
 * before stays on the screen, as idle.
 */
final class ThroughputScreen {
    /** Of windows before the last, who was seen in them is still shown. */
    static final int WINDOWS_REMEMBERED = 6;

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneOffset.UTC);

    private final WindowSize size;
    private final Map<ThroughputScope, Map<Instant, Throughput>> windows = new HashMap<>();

    ThroughputScreen(WindowSize size) {
        this.size = size;
    }

    /** Takes note of a window; one of another size is not for this screen. */
    void add(Throughput window) {
        if (window.size() == size) {
            windows.computeIfAbsent(window.scope(), any -> new HashMap<>()).put(window.start(), window);
        }
    }

    /**
     * The screen's lines, with picocli's markup.
     *
     * @param now statistics of windows that ended before have come
     */
    List<String> lines(Instant now) {
        Instant ended = size.startOf(now).minus(size.duration());
        boolean filling = windows.values().stream()
                .flatMap(known -> known.keySet().stream())
                .noneMatch(known -> !known.isAfter(ended));
        Instant start = filling && !windows.isEmpty() ? size.startOf(now) : ended;
        forgetBefore(ended.minus(size.duration().multipliedBy(WINDOWS_REMEMBERED)));
        List<Throughput> rows = windows.keySet().stream()
                .sorted(comparing(ThroughputScope::model)
                        .thenComparing(ThroughputScope::revision)
                        .thenComparing(
                                scope -> Optional.ofNullable(scope.worker()).orElse("")))
                .map(scope -> window(scope, start))
                .toList();
        boolean priced = rows.stream().anyMatch(row -> row.cost() != null);
        List<String> lines = new ArrayList<>();
        lines.add("@|bold Throughput|@  " + TIME.format(start) + " to " + TIME.format(start.plus(size.duration()))
                + " UTC" + (start.equals(ended) ? "" : ", so far"));
        lines.add("");
        if (rows.isEmpty()) {
            lines.add("Nothing was ranked in the last "
                    + size.duration().multipliedBy(WINDOWS_REMEMBERED + 1).toSeconds() + " s");
            return lines;
        }
        lines.add("@|faint " + ThroughputFormat.heading(priced) + "|@");
        String last = null;
        for (Throughput row : rows) {
            String model = row.scope().model() + row.scope().revision();
            if (last != null && !last.equals(model)) {
                lines.add("");
            }
            last = model;
            lines.add(styled(row, priced));
        }
        return lines;
    }

    private static String styled(Throughput row, boolean priced) {
        String text = escaped(ThroughputFormat.row(row, priced));
        if (row.work().statistics() == 0) {
            return "@|faint " + text + "|@";
        }
        if (row.work().failures() > 0) {
            return "@|yellow " + text + "|@";
        }
        return row.scope().worker() == null ? "@|bold " + text + "|@" : text;
    }

    /** Names are not markup. */
    private static String escaped(String text) {
        return text.replace("@|", "@ |").replace("|@", "| @");
    }

    private Throughput window(ThroughputScope scope, Instant start) {
        @Nullable Throughput known = windows.getOrDefault(scope, Map.of()).get(start);
        return known == null ? Throughput.none(scope, size, start) : known;
    }

    private void forgetBefore(Instant start) {
        windows.values().forEach(known -> known.keySet().removeIf(each -> each.isBefore(start)));
        windows.values().removeIf(Map::isEmpty);
    }
}
