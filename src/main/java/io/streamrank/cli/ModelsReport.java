package io.streamrank.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.model.Reranker;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.Locale;

/** What a models command prints: lines for people, or one JSON object for programs. */
final class ModelsReport {
    static final ObjectMapper JSON = new ObjectMapper();

    private static final String[] UNITS = {"bytes", "KB", "MB", "GB", "TB"};
    private static final int UNIT = 1000;

    private final Terminal terminal;

    ModelsReport(Terminal terminal) {
        this.terminal = terminal;
    }

    /** A label and what there is to say under it; texts are shown as they are. */
    void field(String label, String format, Object... arguments) {
        terminal.raw("  " + terminal.markup("@|bold " + "%-10s".formatted(label) + "|@")
                + String.format(Locale.ROOT, format, arguments));
    }

    void json(ObjectNode object) {
        try {
            terminal.raw(JSON.writerWithDefaultPrettyPrinter().writeValueAsString(object));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The terminal, or one that shows nothing where only JSON is wanted. */
    static Terminal progress(Terminal terminal, boolean json) {
        return json ? new Terminal(new PrintWriter(Writer.nullWriter())) : terminal;
    }

    static String bytes(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= UNIT && unit < UNITS.length - 1) {
            value /= UNIT;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
    }

    static String described(Reranker reranker) {
        return "%s, revision %s (%s), %s on %s"
                .formatted(
                        reranker.model().id(),
                        reranker.model().revision(),
                        reranker.model().family(),
                        reranker.dtype(),
                        reranker.device());
    }

    static void put(ObjectNode node, Reranker reranker) {
        node.put("id", reranker.model().id())
                .put("revision", reranker.model().revision())
                .put("family", reranker.model().family())
                .put("device", reranker.device())
                .put("dtype", reranker.dtype())
                .put("maxLength", reranker.maxLength());
    }
}
