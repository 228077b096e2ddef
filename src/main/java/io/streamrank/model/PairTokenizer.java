package io.streamrank.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import io.streamrank.contract.RerankRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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

    /** Hexadecimal digits by which a tokenizer is called. */
    private static final int DIGEST_DIGITS = 12;

    private final ReadWriteLock open = new ReentrantReadWriteLock();
    private final String digest;
    private final PostProcessor frames;
    private final PairSettings settings;
    private final TextTokenizer texts;
    private final @Nullable TokenCache remembered;
    private long handle;

    private PairTokenizer(
            long handle,
            String digest,
            PostProcessor frames,
            PairSettings settings,
            TextLimits limits,
            @Nullable TokenCache remembered) {
        this.handle = handle;
        this.digest = digest;
        this.remembered = remembered;
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
     * @param cacheBytes what the tokens of documents may take that are remembered; 0 remembers none
     * @throws CheckpointException for a file that the library refuses, or whose post-processor is not understood
     */
    static PairTokenizer open(Path file, PairSettings settings, long cacheBytes) {
        return open(file, settings, TextLimits.of(settings.maxLength()), cacheBytes);
    }

    static PairTokenizer open(Path file, PairSettings settings, TextLimits limits, long cacheBytes) {
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
        TokenCache cache = cacheBytes == 0 ? null : new TokenCache(cacheBytes);
        PairTokenizer tokenizer = new PairTokenizer(handle, digest(json), frames, settings, limits, cache);
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

    private static String digest(String json) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(json.getBytes(UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, DIGEST_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
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

    /** The first 12 hexadecimal digits of the SHA-256 of {@code tokenizer.json}. */
    String digest() {
        return digest;
    }

    /** Whether a document is tokenized by itself, so that its tokens are the same under every query. */
    boolean documentsApart() {
        return settings.causal() == null || settings.causal().documentFirst();
    }

    /** What remembering documents has been good for. */
    CacheStatistics cacheStatistics() {
        return remembered == null ? CacheStatistics.NONE : remembered.statistics();
    }

    /** Texts without another beside them, in their order, each no longer than a pair may be. */
    List<EncodedPair> encodeAlone(List<String> alone) {
        List<String> wellFormed = alone.stream().map(WellFormed::text).toList();
        PairTemplate frame = frames.alone();
        int room = settings.maxLength() - frame.specials();
        return whileOpen(() -> texts.tokens(wellFormed).stream()
                .map(text -> marked(
                        frame.join(
                                text.ids(),
                                NO_TOKENS,
                                new Truncation(Math.min(text.ids().length, room), 0),
                                settings.segments()),
                        text,
                        text))
                .toList());
    }

    /** One pair a document, in the documents' order. */
    List<EncodedPair> encode(String query, List<String> documents) {
        return encodeAll(query, documents.stream().map(Document::of).toList());
    }

    /** One pair a candidate, in the candidates' order. */
    List<EncodedPair> encode(RerankRequest request) {
        return encodeAll(
                request.query().text(),
                request.candidates().stream().map(Document::of).toList());
    }

    private List<EncodedPair> encodeAll(String query, List<Document> documents) {
        String wellFormedQuery = WellFormed.text(requireNonNull(query, "query"));
        if (documents.isEmpty()) {
            return List.of();
        }
        return whileOpen(() -> settings.causal() == null
                ? pairs(wellFormedQuery, documents)
                : causalPairs(settings.causal(), wellFormedQuery, documents));
    }

    private List<EncodedPair> whileOpen(Supplier<List<EncodedPair>> encoding) {
        open.readLock().lock();
        try {
            if (handle == 0) {
                throw new IllegalStateException("the tokenizer is closed");
            }
            return encoding.get();
        } finally {
            open.readLock().unlock();
        }
    }

    private List<EncodedPair> pairs(String queryText, List<Document> documents) {
        Tokens query = texts.tokens(queryText);
        List<Tokens> tokens = tokens(documents, Document::text);
        List<EncodedPair> pairs = new ArrayList<>(documents.size());
        for (int i = 0; i < documents.size(); i++) {
            // As in transformers, an empty document is no document: the query stands alone.
            PairTemplate frame = documents.get(i).isEmpty() ? frames.alone() : frames.pair();
            Tokens document = tokens.get(i);
            EncodedPair pair =
                    frame.join(query.ids(), document.ids(), cut(frame, query, document), settings.segments());
            pairs.add(marked(pair, query, document));
        }
        return pairs;
    }

    /** The tokens of each document, in their order; the text of those that do not bring them. */
    private List<Tokens> tokens(List<Document> documents, Function<Document, String> text) {
        List<String> toTokenize = documents.stream()
                .filter(document -> document.ids() == null)
                .map(text)
                .toList();
        // What is tokenized together with a query does not come again.
        Iterator<Tokens> ofTexts = (remembered == null || !documentsApart()
                        ? texts.tokens(toTokenize)
                        : remembered.tokens(toTokenize, texts::tokens))
                .iterator();
        return documents.stream()
                .map(document -> document.ids() == null ? ofTexts.next() : texts.tokens(document.ids()))
                .toList();
    }

    private Truncation cut(PairTemplate frame, Tokens query, Tokens document) {
        int room = settings.maxLength() - frame.specials();
        int ofQuery = Math.min(query.ids().length, settings.queryMax());
        int ofDocument = Math.min(document.ids().length, settings.documentMax());
        return ofQuery < room
                ? Truncation.ofDocument(ofQuery, ofDocument, room)
                : Truncation.longestFirst(
                        Math.min(query.read(), settings.queryMax()),
                        Math.min(document.read(), settings.documentMax()),
                        room);
    }

    private List<EncodedPair> causalPairs(CausalTemplate stated, String query, List<Document> documents) {
        Tokens cut = cutQuery(stated, query);
        CausalTemplate template = cut == null ? stated : stated.withQueryAtEnd();
        List<Tokens> around = new ArrayList<>(texts.tokens(template.around(query)));
        if (cut != null) {
            around.set(template.queryPart() - (template.documentFirst() ? 1 : 0), cut);
        }
        CausalFrame whole = CausalFrame.of(template, frames.alone().leading(), around, settings.maxLength());
        CausalFrame frame = mayBind(settings.documentMax())
                ? whole.within(lengthBefore(template.text(query, "")) + settings.documentMax())
                : whole;
        List<EncodedPair> pairs = tokens(documents, document -> template.text(query, document.text())).stream()
                .map(frame::join)
                .toList();
        return template.documentFirst()
                ? pairs
                : frame.sharing(pairs, frame.join(texts.tokens(template.text(query, ""))));
    }

    /** The query's part up to the end that queries may have; null where the query does not reach it. */
    private @Nullable Tokens cutQuery(CausalTemplate template, String query) {
        if (!mayBind(settings.queryMax())) {
            return null;
        }
        Tokens whole = texts.tokens(template.beforeQuery() + query);
        int end = lengthBefore(template.beforeQuery()) + settings.queryMax();
        return whole.ids().length > end ? whole.cut(end) : null;
    }

    /** Whether a maximum can be reached within a pair at all. */
    private boolean mayBind(int tokens) {
        return tokens < settings.maxLength();
    }

    /** How many tokens a text has before another that follows it: a blank at its end belongs to what follows. */
    private int lengthBefore(String text) {
        return texts.tokens(text.endsWith(" ") ? text.substring(0, text.length() - 1) : text)
                .ids()
                .length;
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
