package io.streamrank.training.data;

import java.util.List;

/** Finds the nearest of many texts. */
public interface Neighbours {
    /**
     * Takes the texts that are looked among.
     *
     * @param vectors one after the other, each of length 1
     * @param count how many
     */
    void hold(float[] vectors, int count);

    /**
     * Looks texts up.
     *
     * @param most how many neighbours are wanted
     * @return for each text the places of its nearest among those held, the nearest first: as many as wanted, or all
     */
    int[][] nearest(List<float[]> vectors, int most);
}
