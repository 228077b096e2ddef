/**
 * Plots as SVG, written by hand: charting libraries draw with AWT, which wants fonts and native libraries that servers
 * lack. Used by reports on replays and by the trainer; knows no other package.
 */
@NullMarked
package io.streamrank.replay.plot;

import org.jspecify.annotations.NullMarked;
