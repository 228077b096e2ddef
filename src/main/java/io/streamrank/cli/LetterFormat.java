package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Framing;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.RerankRequest;
import io.streamrank.ingest.DeadLetter;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Locale;
import org.apache.kafka.common.header.Header;

/** Dead letters as text: a line for people, JSON for programs. Texts of queries and documents only where asked for. */
final class LetterFormat {
    static final String HEADING = String.format(
            Locale.ROOT,
            "%-12s  %-24s  %-20s  %-32s  %10s  %s",
            "letter",
            "time",
            "reason",
            "source",
            "bytes",
            "message");

    private static final ObjectMapper JSON = new ObjectMapper();

    private LetterFormat() {}

    static LetterPosition position(DeadLetter letter) {
        return new LetterPosition(letter.record().partition(), letter.record().offset());
    }

    /** For people. */
    static String line(DeadLetter letter) {
        return String.format(
                Locale.ROOT,
                "%-12s  %-24s  %-20s  %-32s  %,10d  %s",
                position(letter),
                letter.time(),
                letter.reason(),
                letter.source() == null ? "-" : letter.source(),
                letter.bytes(),
                letter.message().lines().findFirst().orElse(""));
    }

    /** For programs. */
    static ObjectNode json(DeadLetter letter) {
        ObjectNode node = JSON.createObjectNode();
        node.put("partition", letter.record().partition());
        node.put("offset", letter.record().offset());
        node.put("time", letter.time().toString());
        node.put("reason", letter.reason());
        if (letter.source() == null) {
            node.putNull("source");
        } else {
            node.putObject("source")
                    .put("topic", letter.source().topic())
                    .put("partition", letter.source().partition())
                    .put("offset", letter.source().offset());
        }
        node.put("bytes", letter.bytes());
        node.put("valueOmitted", letter.valueOmitted());
        node.put("message", letter.message());
        return node;
    }

    /** All of it: headers, the event as far as it can be decoded, its texts or bytes only with {@code payload}. */
    static ObjectNode whole(DeadLetter letter, boolean payload, Framing framing) {
        ObjectNode node = json(letter);
        byte[] key = letter.record().key();
        node.put("key", key == null ? null : new String(key, UTF_8));
        ObjectNode headers = node.putObject("headers");
        for (Header header : letter.record().headers()) {
            headers.put(header.key(), header.value() == null ? null : new String(header.value(), UTF_8));
        }
        byte[] value = letter.record().value();
        try {
            node.set("event", event(new CandidateListCodec(framing).decode(value), payload));
        } catch (RejectedException e) {
            node.putNull("event");
            node.put("eventError", e.rejection().message());
        }
        if (payload && value != null) {
            node.put("valueBase64", Base64.getEncoder().encodeToString(value));
        }
        return node;
    }

    private static ObjectNode event(RerankRequest request, boolean payload) {
        ObjectNode event = JSON.createObjectNode();
        event.put("requestId", request.requestId());
        event.put("queryId", request.query().id());
        event.put("model", request.model());
        event.put("topK", request.topK());
        event.put(
                "deadline",
                request.deadline() == null ? null : request.deadline().toString());
        event.set("attributes", JSON.valueToTree(request.attributes()));
        text(event, "query", request.query().text(), payload);
        var candidates = event.putArray("candidates");
        for (Candidate candidate : request.candidates()) {
            ObjectNode one = candidates.addObject().put("id", candidate.id());
            text(one, "text", candidate.text(), payload);
            if (candidate.tokenIds() != null) {
                one.put("tokenIds", candidate.tokenIds().count());
            }
        }
        return event;
    }

    private static void text(ObjectNode node, String name, String text, boolean payload) {
        if (payload) {
            node.put(name, text);
        } else {
            node.put(name + "Chars", text.length());
        }
    }

    static String oneLine(ObjectNode node) {
        try {
            return JSON.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String indented(ObjectNode node) {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
