package io.streamrank.http;

import io.streamrank.contract.Throughput;
import io.streamrank.contract.WindowSize;
import io.vertx.core.MultiMap;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which windows are asked for.
 *
 * @param size how long they are
 * @param from the earliest start
 * @param to the latest start
 * @param model whose; all where empty
 * @param worker by which worker; {@code *} for each of them, empty for their sums
 * @param local whether of this instance alone
 */
record ThroughputQuestion(
        WindowSize size, Instant from, Instant to, Optional<String> model, Optional<String> worker, boolean local) {
    private static final int WINDOWS = 60;
    private static final String EACH = "*";

    static ThroughputQuestion of(MultiMap given, Instant now) {
        Parameters parameters = Parameters.of(given, "window", "from", "to", "model", "worker", "local");
        WindowSize size =
                parameters.text("window").map(ThroughputQuestion::size).orElse(WindowSize.TEN_SECONDS);
        Instant to = parameters.moment("to", now).orElse(now);
        Instant from = parameters
                .moment("from", now)
                .orElseGet(() -> size.startOf(to).minus(size.duration().multipliedBy(WINDOWS - 1)));
        if (from.isAfter(to)) {
            throw ApiException.badRequest("from: expected a time before " + to + ", which is to, not " + from);
        }
        return new ThroughputQuestion(
                size, from, to, parameters.text("model"), parameters.text("worker"), parameters.flag("local"));
    }

    private static WindowSize size(String word) {
        return WindowSize.of(word)
                .orElseThrow(() -> Parameters.expected(
                        "window",
                        "one of "
                                + Stream.of(WindowSize.values())
                                        .map(WindowSize::word)
                                        .collect(Collectors.joining(", ")),
                        word));
    }

    /** Whether a window is of those asked for. */
    boolean isMetBy(Throughput window) {
        String by = window.scope().worker();
        boolean worked = worker.isEmpty() ? by == null : by != null && (isEach() || by.equals(worker.get()));
        return worked && model.map(window.scope().model()::equals).orElse(true);
    }

    private boolean isEach() {
        return worker.filter(EACH::equals).isPresent();
    }

    /** The path at which another instance is asked for what it has itself. */
    String localPath() {
        StringBuilder path = new StringBuilder("/api/throughput?local=true&window=")
                .append(size.word())
                .append("&from=")
                .append(encoded(from.toString()))
                .append("&to=")
                .append(encoded(to.toString()));
        model.ifPresent(name -> path.append("&model=").append(encoded(name)));
        worker.ifPresent(name -> path.append("&worker=").append(encoded(name)));
        return path.toString();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
