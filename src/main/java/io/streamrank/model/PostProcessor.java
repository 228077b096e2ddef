package io.streamrank.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamrank.model.PairTemplate.DocumentPlace;
import io.streamrank.model.PairTemplate.Piece;
import io.streamrank.model.PairTemplate.QueryPlace;
import io.streamrank.model.PairTemplate.Special;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code tokenizer.json}'s post-processor, read: how it frames a query alone and a query with a document.
 *
 * @param alone the frame of a query without document
 * @param pair the frame of a query with a document
 */
record PostProcessor(PairTemplate alone, PairTemplate pair) {
    private static final PostProcessor NONE = new PostProcessor(
            PairTemplate.of(new QueryPlace(0)), PairTemplate.of(new QueryPlace(0), new DocumentPlace(1)));

    /**
     * Understands TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel, none, and a Sequence with at most
     * one of the first three.
     */
    static PostProcessor read(Config tokenizer) {
        JsonNode node = tokenizer.json().path("post_processor");
        List<PostProcessor> found = new ArrayList<>();
        collect(tokenizer.file(), node, found);
        if (found.size() > 1) {
            throw unknown(tokenizer.file(), node);
        }
        return found.isEmpty() ? NONE : found.get(0);
    }

    private static void collect(Path file, JsonNode node, List<PostProcessor> found) {
        if (node.isNull() || node.isMissingNode()) {
            return;
        }
        switch (node.path("type").asText()) {
            case "Sequence" -> node.path("processors").forEach(each -> collect(file, each, found));
            case "ByteLevel" -> {
                // Adjusts offsets, adds nothing.
            }
            case "TemplateProcessing" -> found.add(template(file, node));
            case "BertProcessing" -> found.add(bert(special(file, node, "cls"), special(file, node, "sep")));
            case "RobertaProcessing" -> found.add(roberta(special(file, node, "cls"), special(file, node, "sep")));
            default -> throw unknown(file, node);
        }
    }

    private static PostProcessor bert(Special cls, Special sep) {
        QueryPlace query = new QueryPlace(0);
        return new PostProcessor(
                PairTemplate.of(cls, query, sep),
                PairTemplate.of(cls, query, sep, new DocumentPlace(1), new Special(sep.id(), 1)));
    }

    /** RoBERTa has no segments, and two separators between the sequences. */
    private static PostProcessor roberta(Special cls, Special sep) {
        QueryPlace query = new QueryPlace(0);
        return new PostProcessor(
                PairTemplate.of(cls, query, sep), PairTemplate.of(cls, query, sep, sep, new DocumentPlace(0), sep));
    }

    private static Special special(Path file, JsonNode node, String key) {
        JsonNode id = node.path(key).path(1);
        if (!id.isInt()) {
            throw unknown(file, node);
        }
        return new Special(id.asInt(), 0);
    }

    private static PostProcessor template(Path file, JsonNode node) {
        PairTemplate alone = new PairTemplate(pieces(node, node.path("single")));
        PairTemplate pair = new PairTemplate(pieces(node, node.path("pair")));
        boolean understood = alone.count(QueryPlace.class) == 1
                && alone.count(DocumentPlace.class) == 0
                && pair.count(QueryPlace.class) == 1
                && pair.count(DocumentPlace.class) == 1;
        if (!understood) {
            throw unknown(file, node);
        }
        return new PostProcessor(alone, pair);
    }

    private static List<Piece> pieces(JsonNode processor, JsonNode items) {
        List<Piece> pieces = new ArrayList<>();
        for (JsonNode item : items) {
            JsonNode place = item.has("Sequence") ? item.path("Sequence") : item.path("SpecialToken");
            String id = place.path("id").asText();
            int type = place.path("type_id").asInt();
            if (item.has("Sequence")) {
                pieces.add(id.equals("A") ? new QueryPlace(type) : new DocumentPlace(type));
            } else {
                JsonNode ids = processor.path("special_tokens").path(id).path("ids");
                ids.forEach(each -> pieces.add(new Special(each.asInt(), type)));
            }
        }
        return pieces;
    }

    private static CheckpointException unknown(Path file, JsonNode node) {
        return new CheckpointException(
                file,
                "post_processor " + node + " is not understood for pairs, expected TemplateProcessing with A in single"
                        + " and A and B in pair, BertProcessing, RobertaProcessing, ByteLevel or a Sequence of these",
                "Use a tokenizer with one of these");
    }
}
