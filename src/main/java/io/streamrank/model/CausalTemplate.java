package io.streamrank.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How a causal model reads a pair: parts of text that are tokenized each by itself and joined as ids. One part ends with
 * the document, which alone is cut to fit. The query is in that part before the document, or in a part of its own: where
 * that comes after the document, what the model knows after the document is the same under every query.
 *
 * @param parts texts in order, in which {@code {document}} and {@code {query}} are to be replaced
 * @param eos id of the token that ends the pair, or {@link #NO_EOS}
 */
record CausalTemplate(List<String> parts, int eos) {
    /** As in "State Space Models are Strong Text Rerankers", https://arxiv.org/abs/2412.14354 */
    static final String DEFAULT_TEXT = "document: {document} ; query: {query} ;";

    static final int NO_EOS = -1;

    private static final String DOCUMENT = "{document}";
    private static final String QUERY = "{query}";

    CausalTemplate {
        parts = List.copyOf(parts);
    }

    /** The parts of a template that is written as one text: it ends one where the document ends. */
    static List<String> parts(String text) {
        int end = text.indexOf(DOCUMENT) + DOCUMENT.length();
        return text.contains(DOCUMENT) && end < text.length()
                ? List.of(text.substring(0, end), text.substring(end))
                : List.of(text);
    }

    /**
     * @param file where the parts were read
     * @throws CheckpointException where document and query are not there once each, or text follows the document in its
     *     part
     */
    static CausalTemplate of(Path file, List<String> parts, int eos) {
        String text = String.join("", parts);
        if (!once(text, DOCUMENT) || !once(text, QUERY)) {
            throw new CheckpointException(
                    file,
                    "template is \"" + text + "\", expected " + DOCUMENT + " and " + QUERY + ", once each",
                    "A template is a text such as \"" + DEFAULT_TEXT + "\", or a list of its parts");
        }
        CausalTemplate template = new CausalTemplate(parts, eos);
        if (!parts.get(template.documentPart()).endsWith(DOCUMENT)) {
            throw new CheckpointException(
                    file,
                    "template has a part \"" + parts.get(template.documentPart()) + "\", expected " + DOCUMENT
                            + " at its end, where it is cut",
                    "Put what follows the document into a part of its own");
        }
        return template;
    }

    private static boolean once(String text, String place) {
        return text.contains(place) && text.indexOf(place) == text.lastIndexOf(place);
    }

    /** Whether the query comes after the document. */
    boolean documentFirst() {
        return queryPart() > documentPart();
    }

    int documentPart() {
        return part(DOCUMENT);
    }

    int queryPart() {
        return part(QUERY);
    }

    private int part(String place) {
        int part = 0;
        while (!parts.get(part).contains(place)) {
            part++;
        }
        return part;
    }

    /** The texts of all parts but the document's, in order. */
    List<String> around(String query) {
        List<String> around = new ArrayList<>(parts);
        around.remove(documentPart());
        around.replaceAll(part -> part.replace(QUERY, query));
        return around;
    }

    /** The parts that are the same in every pair. */
    List<String> fixed() {
        return parts.stream()
                .filter(part -> !part.contains(DOCUMENT) && !part.contains(QUERY))
                .toList();
    }

    /** The same parts, but that one ends with the query, where it can be cut. */
    CausalTemplate withQueryAtEnd() {
        int place = queryPart();
        String part = parts.get(place);
        int end = part.indexOf(QUERY) + QUERY.length();
        List<String> split = new ArrayList<>(parts);
        if (end < part.length()) {
            split.set(place, part.substring(0, end));
            split.add(place + 1, part.substring(end));
        }
        return new CausalTemplate(split, eos);
    }

    /** The text that its part has before the query. */
    String beforeQuery() {
        String part = parts.get(queryPart());
        return part.substring(0, part.indexOf(QUERY));
    }

    /** The text of the document's part. */
    String text(String query, String document) {
        String part = parts.get(documentPart());
        String before = part.substring(0, part.length() - DOCUMENT.length());
        return before.replace(QUERY, query) + document;
    }

    /** How many special tokens a pair has. */
    int specials(int[] begin) {
        return begin.length + (eos == NO_EOS ? 0 : 1);
    }
}
