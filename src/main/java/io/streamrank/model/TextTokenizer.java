package io.streamrank.model;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import io.streamrank.contract.TokenIds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Tokenizes texts in bounded memory and time: of each only a prefix, grown until it gives as many tokens as a pair can
 * use, and the prefixes in chunks. Short texts go whole. Ids are those of the whole text, unless
 * {@link TextLimits#longestPrefix()} cut it. Thread-safe while the native tokenizer lives.
 */
final class TextTokenizer {
    private static final int GROWTH = 4;

    /**
     * Tokens before the prefix's last word that are thrown away like that word's. A cut inside a word can change all of
     * the word's tokens, to its start; but the tokenizer's model sees one word at a time, so it changes no other's. Where
     * words begin and end is decided by the normalizer, the added tokens and the pre-tokenizer's pattern. They look
     * ahead a few characters: for accents to compose, the rest of an added token, the end of a contraction or of a
     * number. That is some tokens before the cut, and 64 are more than any of these has. A run of white space may be
     * longer, and patterns look beyond it, so no prefix ends in one.
     */
    private static final int MARGIN_TOKENS = 64;

    private final TokenizersLibrary library;
    private final long handle;
    private final int maxLength;
    private final TextLimits limits;

    /**
     * @param handle the native tokenizer, without truncation and padding
     * @param maxLength the longest pair in tokens
     */
    TextTokenizer(TokenizersLibrary library, long handle, int maxLength, TextLimits limits) {
        this.library = library;
        this.handle = handle;
        this.maxLength = maxLength;
        this.limits = limits;
    }

    /** Tokens of one text. */
    Tokens tokens(String text) {
        return tokens(List.of(text)).get(0);
    }

    /** Ids of a text that were made before, without its words: read to the maximum length. */
    Tokens tokens(TokenIds made) {
        int[] ids = made.ids();
        return new Tokens(
                Arrays.copyOf(ids, Math.min(ids.length, maxLength + 1)), Math.min(ids.length, maxLength), false);
    }

    /** Tokens of each text, in the texts' order. */
    List<Tokens> tokens(List<String> texts) {
        Tokens[] tokens = new Tokens[texts.size()];
        int[] pending = IntStream.range(0, tokens.length).toArray();
        for (long limit = limits.firstPrefix(); pending.length > 0; limit *= GROWTH) {
            round(texts, pending, (int) Math.min(limit, limits.longestPrefix()), tokens);
            pending = Arrays.stream(pending).filter(i -> tokens[i] == null).toArray();
        }
        return List.of(tokens);
    }

    /** Fills in the tokens of all pending texts for which prefixes of this length are enough. */
    private void round(List<String> texts, int[] pending, int limit, Tokens[] tokens) {
        int next = 0;
        while (next < pending.length) {
            int begin = next;
            List<String> chunk = new ArrayList<>();
            long chars = 0;
            do {
                String prefix = TextPrefix.of(texts.get(pending[next++]), limit);
                chunk.add(prefix);
                chars += prefix.length();
            } while (next < pending.length
                    && chars + Math.min(limit, texts.get(pending[next]).length()) <= limits.chunk());
            encode(texts, Arrays.copyOfRange(pending, begin, next), chunk, limit, tokens);
        }
    }

    private void encode(List<String> texts, int[] indexes, List<String> prefixes, int limit, Tokens[] tokens) {
        long[] encodings = library.batchEncode(handle, prefixes.toArray(String[]::new), false);
        try {
            for (int i = 0; i < encodings.length; i++) {
                long[] ids = library.getTokenIds(encodings[i]);
                boolean whole =
                        prefixes.get(i).length() == texts.get(indexes[i]).length();
                boolean enough = whole || enough(ids.length, encodings[i]);
                if (enough || limit == limits.longestPrefix()) {
                    tokens[indexes[i]] = kept(ids, read(ids.length, encodings[i]), !enough);
                }
            }
        } finally {
            for (long encoding : encodings) {
                library.deleteEncoding(encoding);
            }
        }
    }

    /** Whether a prefix gives more trusted tokens than a pair can use, {@link Tokens#read()} included. */
    private boolean enough(int tokens, long encoding) {
        if (tokens <= maxLength + MARGIN_TOKENS) {
            return false;
        }
        long[] words = library.getWordIds(encoding);
        int lastWord = tokens - 1;
        while (lastWord > 0 && words[lastWord - 1] == words[lastWord]) {
            lastWord--;
        }
        return read(words) < lastWord - MARGIN_TOKENS;
    }

    /**
     * How many tokens the library reads when it truncates: since its version 0.23 it stops after the word that reaches
     * the maximum length (huggingface/tokenizers, pull request 1990). It decides which of two long texts counts as the
     * longer.
     */
    private int read(int tokens, long encoding) {
        return tokens <= maxLength ? tokens : read(library.getWordIds(encoding));
    }

    private int read(long[] words) {
        int tokens = maxLength;
        while (tokens < words.length && words[tokens] == words[tokens - 1]) {
            tokens++;
        }
        return tokens;
    }

    private Tokens kept(long[] ids, int read, boolean clipped) {
        int[] kept = new int[Math.min(ids.length, maxLength + 1)];
        for (int i = 0; i < kept.length; i++) {
            kept[i] = (int) ids[i];
        }
        return new Tokens(kept, read, clipped);
    }
}
