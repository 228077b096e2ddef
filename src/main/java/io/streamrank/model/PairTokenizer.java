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
 * Turns a query and its documents into pairs. The query is tokenized once, the documents in native batches, both
 * without special tokens and no further than {@link TextTokenizer} must; the template puts them together. For a causal
 * model these are the parts of a {@link CausalTemplate}. Truncation and padding settings in {@code tokenizer.json} are
 * not used. Thread-safe.
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
    private final TextTokenizer texts;
    private long handle;

    private PairTokenizer(long handle, PostProcessor frames, PairSettings settings, TextLimits limits) {
        this.handle = handle;
        this.texts = new TextTokenizer(LIBRARY, handle, settings.maxLength(), limits);
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
        return open(file, settings, TextLimits.of(settings.maxLength()));
    }

    static PairTokenizer open(Path file, PairSettings settings, TextLimits limits) {
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
        PairTokenizer tokenizer = new PairTokenizer(handle, frames, settings, limits);
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
        int[] query = wholeText(PROBE_QUERY);
        int[] document = wholeText(PROBE_DOCUMENT);
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
        int specials = settings.causal() == null ? frames.pair().specials() : causalSpecials(settings.causal());
        if (settings.maxLength() < specials + 2) {
            throw new CheckpointException(
                    file,
                    "a pair has " + specials + " special tokens, the maximum length is only " + settings.maxLength(),
                    "Set a larger maximum length");
        }
    }

    /** The end token, and what a template gives every pair. */
    private int causalSpecials(CausalTemplate template) {
        int fixed = texts.tokens(template.fixed()).stream()
                .mapToInt(part -> part.ids().length)
                .sum();
        return template.specials(frames.alone().leading()) + fixed;
    }

    /** The longest pair in tokens. */
    int maxLength() {
        return settings.maxLength();
    }

    /** One pair a document, in the documents' order. */
    List<EncodedPair> encode(String query, List<String> documents) {
        List<String> wellFormed = documents.stream()
                .map(text -> WellFormed.text(requireNonNull(text, "document")))
                .toList();
        String wellFormedQuery = WellFormed.text(requireNonNull(query, "query"));
        if (wellFormed.isEmpty()) {
            return List.of();
        }
        open.readLock().lock();
        try {
            if (handle == 0) {
                throw new IllegalStateException("the tokenizer is closed");
            }
            return settings.causal() == null
                    ? pairs(wellFormedQuery, wellFormed)
                    : causalPairs(settings.causal(), wellFormedQuery, wellFormed);
        } finally {
            open.readLock().unlock();
        }
    }

    private List<EncodedPair> pairs(String queryText, List<String> documentTexts) {
        Tokens query = texts.tokens(queryText);
        List<Tokens> documents = texts.tokens(documentTexts);
        List<EncodedPair> pairs = new ArrayList<>(documents.size());
        for (int i = 0; i < documents.size(); i++) {
            // As in transformers, an empty document is no document: the query stands alone.
            PairTemplate frame = documentTexts.get(i).isEmpty() ? frames.alone() : frames.pair();
            Tokens document = documents.get(i);
            EncodedPair pair =
                    frame.join(query.ids(), document.ids(), cut(frame, query, document), settings.segments());
            pairs.add(marked(pair, query, document));
        }
        return pairs;
    }

    private Truncation cut(PairTemplate frame, Tokens query, Tokens document) {
        int room = settings.maxLength() - frame.specials();
        return query.ids().length < room
                ? Truncation.ofDocument(query.ids().length, document.ids().length, room)
                : Truncation.longestFirst(query.read(), document.read(), room);
    }

    private List<EncodedPair> causalPairs(CausalTemplate template, String query, List<String> documents) {
        int[] begin = frames.alone().leading();
        CausalFrame frame = CausalFrame.of(template, begin, texts.tokens(template.around(query)), settings.maxLength());
        List<EncodedPair> pairs =
                texts
                        .tokens(documents.stream()
                                .map(document -> template.text(query, document))
                                .toList())
                        .stream()
                        .map(frame::join)
                        .toList();
        return template.documentFirst()
                ? pairs
                : frame.sharing(pairs, frame.join(texts.tokens(template.text(query, ""))));
    }

    /** A text of which not even all was tokenized is truncated too. */
    private static EncodedPair marked(EncodedPair pair, Tokens query, Tokens document) {
        return query.clipped() || document.clipped()
                ? new EncodedPair(pair.ids(), pair.typeIds(), true, pair.prefixTokens())
                : pair;
    }

    private int[] wholeText(String text) {
        long encoding = LIBRARY.encode(handle, text, false);
        try {
            return narrow(LIBRARY.getTokenIds(encoding));
        } finally {
            LIBRARY.deleteEncoding(encoding);
        }
    }

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
