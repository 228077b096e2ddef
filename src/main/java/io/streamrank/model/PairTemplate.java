package io.streamrank.model;

import java.util.Arrays;
import java.util.List;

/**
 * The frame of special tokens around a query, alone or with a document.
 *
 * @param pieces special tokens and the sequences, in order
 */
record PairTemplate(List<Piece> pieces) {
    /** One part of the frame; its type id is what its tokens get as segment id. */
    sealed interface Piece {
        int typeId();
    }

    /** A special token. */
    record Special(int id, int typeId) implements Piece {}

    /** The query's place. */
    record QueryPlace(int typeId) implements Piece {}

    /** The document's place. */
    record DocumentPlace(int typeId) implements Piece {}

    PairTemplate {
        pieces = List.copyOf(pieces);
    }

    static PairTemplate of(Piece... pieces) {
        return new PairTemplate(List.of(pieces));
    }

    /** How many special tokens it adds. */
    int specials() {
        return count(Special.class);
    }

    /** How many places for sequences of a kind it has. */
    int count(Class<? extends Piece> kind) {
        return (int) pieces.stream().filter(kind::isInstance).count();
    }

    /** The special tokens before the first sequence. */
    int[] leading() {
        return pieces.stream()
                .takeWhile(Special.class::isInstance)
                .mapToInt(piece -> ((Special) piece).id())
                .toArray();
    }

    /** Ids and segment ids of a query and a document, each cut to its number of tokens. */
    EncodedPair join(int[] query, int[] document, Truncation cut, boolean segments) {
        int length = specials() + cut.query() + cut.document();
        int[] ids = new int[length];
        int[] types = new int[segments ? length : 0];
        int at = 0;
        for (Piece piece : pieces) {
            int begin = at;
            if (piece instanceof Special special) {
                ids[at++] = special.id();
            } else if (piece instanceof QueryPlace) {
                System.arraycopy(query, 0, ids, at, cut.query());
                at += cut.query();
            } else {
                System.arraycopy(document, 0, ids, at, cut.document());
                at += cut.document();
            }
            if (segments) {
                Arrays.fill(types, begin, at, piece.typeId());
            }
        }
        return new EncodedPair(ids, types, cut.query() < query.length || cut.document() < document.length);
    }
}
