package io.streamrank.faults;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.utils.AppInfoParser;

/** What a run has measured: a file that can be kept, and a table for people. */
final class Report {
    private static final Path FOLDER = Path.of("target/faults");

    private final long seed;
    private final List<Row> rows = new ArrayList<>();

    Report(long seed) {
        this.seed = seed;
    }

    /**
     * A scenario that has passed.
     *
     * @param scenario what struck
     * @param events how many events were sent meanwhile
     * @param faults how often it struck
     * @param recoverMillisMedian until every partition concerned had an outcome written after the fault; where faults
     *     follow fast, the longest time that a partition went without outcomes, of its partitions the median
     * @param recoverMillisMax the longest of these
     * @param caughtUpMillisMax until all events sent before the end of the fault were answered, the longest
     * @param seconds how long the scenario took
     */
    record Row(
            String scenario,
            int events,
            int faults,
            long recoverMillisMedian,
            long recoverMillisMax,
            long caughtUpMillisMax,
            long seconds) {
        /** Of faults that follow on one another too fast to tell recoveries apart: what counts are a partition's silences. */
        static Row ofSilences(
                String scenario, int events, int faults, Collection<Long> silences, long caughtUp, long startNanos) {
            long[] millis =
                    silences.stream().mapToLong(Long::longValue).sorted().toArray();
            return new Row(
                    scenario,
                    events,
                    faults,
                    millis[millis.length / 2],
                    millis[millis.length - 1],
                    caughtUp,
                    TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNanos));
        }

        static Row of(String scenario, int events, List<Recovery> recoveries, long startNanos) {
            long[] next =
                    recoveries.stream().mapToLong(Recovery::nextMillis).sorted().toArray();
            return new Row(
                    scenario,
                    events,
                    next.length,
                    next.length == 0 ? 0 : next[next.length / 2],
                    next.length == 0 ? 0 : next[next.length - 1],
                    recoveries.stream()
                            .mapToLong(Recovery::caughtUpMillis)
                            .max()
                            .orElse(0),
                    TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNanos));
        }
    }

    /** Adds a row and writes the file anew: a run that fails later has said what it knew. */
    synchronized void add(Row row) throws IOException {
        rows.add(row);
        Map<String, Object> file = new LinkedHashMap<>();
        file.put("seed", seed);
        file.put("environment", environment());
        file.put("scenarios", rows);
        Files.createDirectories(FOLDER);
        new ObjectMapper()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .writeValue(FOLDER.resolve("seed-" + seed + ".json").toFile(), file);
    }

    private static Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("date", LocalDate.now(ZoneOffset.UTC).toString());
        environment.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
        environment.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        environment.put("java", System.getProperty("java.vm.version"));
        environment.put("kafka", AppInfoParser.getVersion());
        environment.put("commit", commit());
        environment.put("sessionTimeout", WorkerProcess.SESSION_TIMEOUT_SECONDS + " s");
        environment.put("transactionTimeout", WorkerProcess.TRANSACTION_TIMEOUT_SECONDS + " s");
        return environment;
    }

    private static String commit() {
        try {
            Process git = new ProcessBuilder("git", "rev-parse", "--short", "HEAD")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String answer = git.inputReader().readLine();
            return git.waitFor() == 0 && answer != null ? answer : "unknown";
        } catch (IOException e) {
            return "unknown";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "unknown";
        }
    }

    /** The rows as a table. */
    synchronized String table() {
        StringBuilder table = new StringBuilder("Faults, seed " + seed + ":\n");
        table.append(String.format(
                Locale.ROOT,
                "  %-92s %7s %6s %9s %9s %9s %7s%n",
                "scenario",
                "events",
                "faults",
                "median s",
                "max s",
                "caught up",
                "seconds"));
        for (Row row : rows) {
            table.append(String.format(
                    Locale.ROOT,
                    "  %-92s %7d %6d %9.1f %9.1f %9.1f %7d%n",
                    row.scenario(),
                    row.events(),
                    row.faults(),
                    row.recoverMillisMedian() / 1e3,
                    row.recoverMillisMax() / 1e3,
                    row.caughtUpMillisMax() / 1e3,
                    row.seconds()));
        }
        return table.toString();
    }
}
