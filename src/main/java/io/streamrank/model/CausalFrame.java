package io.streamrank.model;

import java.util.Arrays;
import java.util.List;

/**
 * What stands around the documents of one query: a {@link CausalTemplate} whose parts are tokenized, but for the
 * document's.
 *
 * @param before the tokens before the document's part
 * @param after the tokens after it, the end token included
 * @param room how many tokens are left for the document's part
 * @param queryCut whether the query, in a part of its own, was cut
 * @param documentFirst whether the query comes after the document
 */
@SuppressWarnings("ArrayRecordComponent") // lives for one call, never compared
record CausalFrame(int[] before, int[] after, int room, boolean queryCut, boolean documentFirst) {
    /**
     * A query in a part of its own that leaves the document no room is cut at its end.
     *
     * @param begin special tokens that the tokenizer puts before any text
     * @param around tokens of all parts but the document's
     */
    static CausalFrame of(CausalTemplate template, int[] begin, List<Tokens> around, int maxLength) {
        int document = template.documentPart();
        int query = template.queryPart() - (template.documentFirst() ? 1 : 0);
        boolean apart = template.queryPart() != document;
        int room = maxLength - template.specials(begin);
        for (int i = 0; i < around.size(); i++) {
            room -= apart && i == query ? 0 : around.get(i).ids().length;
        }
        int[][] ids = around.stream().map(Tokens::ids).toArray(int[][]::new);
        boolean cut = false;
        if (apart) {
            cut = ids[query].length > room || around.get(query).clipped();
            ids[query] = Arrays.copyOf(ids[query], Math.min(ids[query].length, room));
            room -= ids[query].length;
        }
        int[] end = template.eos() == CausalTemplate.NO_EOS ? new int[0] : new int[] {template.eos()};
        return new CausalFrame(
                joined(begin, joined(Arrays.copyOf(ids, document))),
                joined(joined(Arrays.copyOfRange(ids, document, ids.length)), end),
                room,
                cut,
                template.documentFirst());
    }

    private static int[] joined(int[]... parts) {
        return Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray();
    }

    /** The same with no more tokens than these for the document's part. */
    CausalFrame within(int tokens) {
        return new CausalFrame(before, after, Math.min(room, tokens), queryCut, documentFirst);
    }

    /** A pair, the document's part cut at its end to the room there is. */
    EncodedPair join(Tokens document) {
        int length = Math.min(document.ids().length, room);
        int[] ids = Arrays.copyOf(before, before.length + length + after.length);
        System.arraycopy(document.ids(), 0, ids, before.length, length);
        System.arraycopy(after, 0, ids, before.length + length, after.length);
        boolean truncated = queryCut || document.clipped() || length < document.ids().length;
        return new EncodedPair(ids, new int[0], truncated, documentFirst ? before.length + length : 0);
    }

    /**
     * The pairs of one query that comes before its documents, with what they have in common before their documents as
     * their prefixes.
     *
     * @param bare the pair without a document, which says where documents begin
     */
    List<EncodedPair> sharing(List<EncodedPair> pairs, EncodedPair bare) {
        int shared = Math.max(0, bare.tokens() - Math.max(1, after.length));
        for (EncodedPair pair : pairs) {
            int differs = Arrays.mismatch(pair.ids(), bare.ids());
            shared = differs < 0 ? shared : Math.min(shared, differs);
        }
        int prefix = shared;
        return pairs.stream()
                .map(pair -> new EncodedPair(
                        pair.ids(),
                        pair.typeIds(),
                        pair.truncated(),
                        Math.min(prefix, pair.tokens() - Math.max(1, after.length))))
                .toList();
    }
}
