package io.streamrank.model;

import java.nio.file.Path;

/**
 * How a causal model reads a pair: document first, so that what the model knows after the document is the same under
 * every query. Prefix ({@code document: …}) and suffix ({@code  ; query: … ;}) are tokenized apart and joined as ids.
 *
 * @param beforeDocument text before the document
 * @param beforeQuery text between document and query
 * @param afterQuery text after the query
 * @param eos id of the token that ends the pair, or {@link #NO_EOS}
 */
record CausalTemplate(String beforeDocument, String beforeQuery, String afterQuery, int eos) {
    /** As in "State Space Models are Strong Text Rerankers", https://arxiv.org/abs/2412.14354 */
    static final String DEFAULT_TEXT = "document: {document} ; query: {query} ;";

    static final int NO_EOS = -1;

    private static final String DOCUMENT = "{document}";
    private static final String QUERY = "{query}";

    /**
     * @param file where the text was read
     * @throws CheckpointException where document and query are not there once each, in this order
     */
    static CausalTemplate of(Path file, String text, int eos) {
        int document = text.indexOf(DOCUMENT);
        int query = text.indexOf(QUERY);
        boolean once = document == text.lastIndexOf(DOCUMENT) && query == text.lastIndexOf(QUERY);
        if (document < 0 || query < document || !once) {
            throw new CheckpointException(
                    file,
                    "template is \"" + text + "\", expected " + DOCUMENT + " and then " + QUERY + ", once each",
                    "A causal model reads the document first, as in \"" + DEFAULT_TEXT + "\"");
        }
        return new CausalTemplate(
                text.substring(0, document),
                text.substring(document + DOCUMENT.length(), query),
                text.substring(query + QUERY.length()),
                eos);
    }

    String prefix(String document) {
        return beforeDocument + document;
    }

    String suffix(String query) {
        return beforeQuery + query + afterQuery;
    }

    /** How many special tokens a pair has. */
    int specials(int[] begin) {
        return begin.length + (eos == NO_EOS ? 0 : 1);
    }

    /**
     * Joins a pair. The prefix is cut at its end to what the suffix leaves; a suffix too long by itself is cut at its
     * end too, before the end token.
     *
     * @param begin special tokens that the tokenizer puts before any text
     */
    EncodedPair join(int[] begin, int[] prefix, int[] suffix, int maxLength) {
        int room = maxLength - specials(begin);
        int suffixLength = Math.min(suffix.length, room);
        int prefixLength = Math.min(prefix.length, room - suffixLength);
        int[] ids = new int[specials(begin) + prefixLength + suffixLength];
        System.arraycopy(begin, 0, ids, 0, begin.length);
        System.arraycopy(prefix, 0, ids, begin.length, prefixLength);
        System.arraycopy(suffix, 0, ids, begin.length + prefixLength, suffixLength);
        if (eos != NO_EOS) {
            ids[ids.length - 1] = eos;
        }
        return new EncodedPair(
                ids,
                new int[0],
                prefixLength < prefix.length || suffixLength < suffix.length,
                begin.length + prefixLength);
    }
}
