package io.streamrank.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;

/** Where and when something was measured, and how busy the machine was besides. */
final class Environment {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path CPU = Path.of("/proc/cpuinfo");
    private static final Path TIMES = Path.of("/proc/stat");

    /** Flags that decide what arithmetic pays. */
    private static final List<String> FLAGS =
            List.of("avx2", "avx512f", "avx512_bf16", "avx512_vnni", "avx_vnni", "amx_bf16", "amx_int8");

    private final String revision;
    private final Instant began = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private final double loadBefore = load();
    private final long[] timesBefore = times();

    /** @param revision the commit that is measured */
    Environment(String revision) {
        this.revision = revision;
    }

    /** To be called at the end. */
    void tell(ObjectNode node) {
        node.put("began", began.toString())
                .put("ended", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
                .put("revision", revision)
                .put("cpu", line("model name"))
                .put("cores", Runtime.getRuntime().availableProcessors())
                .put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"))
                .put("java", Runtime.version().toString())
                .put("load_before", loadBefore)
                .put("load_after", load());
        List<String> flags = Arrays.asList(line("flags").split(" "));
        node.set(
                "instructions",
                JSON.valueToTree(FLAGS.stream().filter(flags::contains).toList()));
        long[] now = times();
        if (now.length == timesBefore.length && now.length > 7) {
            long all = Arrays.stream(now).sum() - Arrays.stream(timesBefore).sum();
            // Taken by the host for other guests: column 8 of the first line.
            node.put("stolen_share", TimedRounds.rounded((double) (now[7] - timesBefore[7]) / Math.max(1, all)));
        }
    }

    private static double load() {
        return TimedRounds.rounded(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    private static String line(String key) {
        try {
            return Files.readAllLines(CPU).stream()
                    .filter(line -> line.startsWith(key))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }

    private static long[] times() {
        try {
            String[] columns = Files.readAllLines(TIMES).get(0).strip().split(" +");
            return Arrays.stream(columns).skip(1).mapToLong(Long::parseLong).toArray();
        } catch (IOException e) {
            return new long[0];
        }
    }
}
