package io.streamrank.model;

import static java.util.Objects.requireNonNull;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Turns a query and its documents into pairs. The query is tokenized once, the documents in one native batch call, both
 * without special tokens; the template puts them together. For a causal model the parts are the template's prefix with
 * the document and its suffix with the query. Truncation and padding settings in {@code tokenizer.json}
 * are not used. Thread-safe.
 */
final class PairTokenizer implements AutoCloseable {
    private static final TokenizersLibrary LIBRARY = library();

    /** Unlike texts, so that a template that swaps them shows; the last character is in no vocabulary. */
    private static final String PROBE_QUERY = "Which one is it? 42 \uDBFF\uDFFD";

    private static final String PROBE_DOCUMENT = "This, that and the other: na\u00efve caf\u00e9 (1999).";

    private static final int[] NO_TOKENS = {};

    private final ReadWriteLock open = new ReentrantReadWriteLock();
    private final PostProcessor frames;
    private final PairSettings settings;
    private long handle;

    private PairTokenizer(long handle, PostProcessor frames, PairSettings settings) {
        this.handle = handle;
        this.frames = frames;
        this.settings = settings;
    }

    private static TokenizersLibrary library() {
        TorchEngine.prepare();
        LibUtils.checkStatus();
        return TokenizersLibrary.LIB;
    }

    /**
     * @param file {@code tokenizer.json}
     * @throws CheckpointException for a file that the library refuses, or whose post-processor is not understood
     */
    static PairTokenizer open(Path file, PairSettings settings) {
        String json = read(file);
        PostProcessor frames = PostProcessor.read(Config.read(file));
        long handle;
        try {
            handle = LIBRARY.createTokenizerFromString(json);
        } catch (RuntimeException e) {
            throw new CheckpointException(
                    file, "is not a tokenizer: " + e.getMessage(), "Save the tokenizer in its fast form", e);
        }
        LIBRARY.disablePadding(handle);
        LIBRARY.disableTruncation(handle);
        PairTokenizer tokenizer = new PairTokenizer(handle, frames, settings);
        try {
            tokenizer.checkFrames(file);
            tokenizer.checkLength(file);
            return tokenizer;
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new CheckpointException(file, "cannot be read as UTF-8: " + e, "Fetch or save it again", e);
        }
    }

    /** Our reading of the post-processor against the library's own encoding. */
    private void checkFrames(Path file) {
        int[] query = tokens(PROBE_QUERY).ids();
        int[] document = tokens(PROBE_DOCUMENT).ids();
        Truncation whole = new Truncation(query.length, document.length);
        checkFrame(
                file,
                LIBRARY.encodeDual(handle, PROBE_QUERY, PROBE_DOCUMENT, true),
                frames.pair().join(query, document, whole, true));
        checkFrame(
                file,
                LIBRARY.encode(handle, PROBE_QUERY, true),
                frames.alone().join(query, NO_TOKENS, new Truncation(query.length, 0), true));
    }

    private void checkFrame(Path file, long encoding, EncodedPair ours) {
        int[] ids;
        int[] types;
        try {
            ids = narrow(LIBRARY.getTokenIds(encoding));
            types = narrow(LIBRARY.getTypeIds(encoding));
        } finally {
            LIBRARY.deleteEncoding(encoding);
        }
        if (!Arrays.equals(ids, ours.ids()) || (settings.segments() && !Arrays.equals(types, ours.typeIds()))) {
            throw new CheckpointException(
                    file,
                    "post_processor gives " + Arrays.toString(ids) + " for a probe, our reading of it "
                            + Arrays.toString(ours.ids()),
                    "The tokenizer cannot be served exactly: use another, and report this one");
        }
    }

    private void checkLength(Path file) {
        int specials = settings.causal() == null
                ? frames.pair().specials()
                : settings.causal().specials(frames.alone().leading());
        if (settings.maxLength() < specials + 2) {
            throw new CheckpointException(
                    file,
                    "a pair has " + specials + " special tokens, the maximum length is only " + settings.maxLength(),
                    "Set a larger maximum length");
        }
    }

    /** The longest pair in tokens. */
    int maxLength() {
        return settings.maxLength();
    }

    /** One pair a document, in the documents' order. */
    List<EncodedPair> encode(String query, List<String> documents) {
        String[] texts = documents.stream()
                .map(text -> WellFormed.text(requireNonNull(text, "document")))
                .toArray(String[]::new);
        String wellFormedQuery = WellFormed.text(requireNonNull(query, "query"));
        if (texts.length == 0) {
            return List.of();
        }
        open.readLock().lock();
        try {
            if (handle == 0) {
                throw new IllegalStateException("the tokenizer is closed");
            }
            return settings.causal() == null
                    ? pairs(tokens(wellFormedQuery), texts)
                    : causalPairs(settings.causal(), wellFormedQuery, texts);
        } finally {
            open.readLock().unlock();
        }
    }

    private List<EncodedPair> pairs(Tokens query, String[] documents) {
        List<EncodedPair> pairs = new ArrayList<>(documents.length);
        long[] encodings = LIBRARY.batchEncode(handle, documents, false);
        try {
            for (int i = 0; i < documents.length; i++) {
                // As in transformers, an empty document is no document: the query stands alone.
                PairTemplate frame = documents[i].isEmpty() ? frames.alone() : frames.pair();
                int[] document = narrow(LIBRARY.getTokenIds(encodings[i]));
                pairs.add(frame.join(
                        query.ids(), document, cut(frame, query, document, encodings[i]), settings.segments()));
            }
        } finally {
            for (long encoding : encodings) {
                LIBRARY.deleteEncoding(encoding);
            }
        }
        return pairs;
    }

    private List<EncodedPair> causalPairs(CausalTemplate template, String query, String[] documents) {
        int[] begin = frames.alone().leading();
        int[] suffix = tokens(template.suffix(query)).ids();
        String[] prefixes = Arrays.stream(documents).map(template::prefix).toArray(String[]::new);
        List<EncodedPair> pairs = new ArrayList<>(documents.length);
        long[] encodings = LIBRARY.batchEncode(handle, prefixes, false);
        try {
            for (long encoding : encodings) {
                int[] prefix = narrow(LIBRARY.getTokenIds(encoding));
                pairs.add(template.join(begin, prefix, suffix, settings.maxLength()));
            }
        } finally {
            for (long encoding : encodings) {
                LIBRARY.deleteEncoding(encoding);
            }
        }
        return pairs;
    }

    private Truncation cut(PairTemplate frame, Tokens query, int[] document, long encoding) {
        int room = settings.maxLength() - frame.specials();
        if (query.ids().length < room) {
            return Truncation.ofDocument(query.ids().length, document.length, room);
        }
        return Truncation.longestFirst(query.read(), read(document, encoding), room);
    }

    private Tokens tokens(String text) {
        long encoding = LIBRARY.encode(handle, text, false);
        try {
            int[] ids = narrow(LIBRARY.getTokenIds(encoding));
            return new Tokens(ids, read(ids, encoding));
        } finally {
            LIBRARY.deleteEncoding(encoding);
        }
    }

    /**
     * How many tokens the library reads when it truncates: since its version 0.23 it stops after the word that reaches
     * the maximum length (huggingface/tokenizers, pull request 1990). It decides which of two long texts counts as the
     * longer.
     */
    private int read(int[] ids, long encoding) {
        if (ids.length <= settings.maxLength()) {
            return ids.length;
        }
        long[] words = LIBRARY.getWordIds(encoding);
        int tokens = settings.maxLength();
        while (tokens < words.length && words[tokens] == words[tokens - 1]) {
            tokens++;
        }
        return tokens;
    }

    /** A text's token ids, and how many of them the library reads when it truncates. */
    @SuppressWarnings("ArrayRecordComponent") // lives for one call, never compared
    private record Tokens(int[] ids, int read) {}

    private static int[] narrow(long[] ids) {
        int[] narrow = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            narrow[i] = (int) ids[i];
        }
        return narrow;
    }

    /** Waits for running calls, then frees the native tokenizer. */
    @Override
    public void close() {
        open.writeLock().lock();
        try {
            if (handle != 0) {
                LIBRARY.deleteTokenizer(handle);
                handle = 0;
            }
        } finally {
            open.writeLock().unlock();
        }
    }
}
