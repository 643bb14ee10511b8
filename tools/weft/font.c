/* font.c -- letters of 5x7 pixels for captions in pictures, drawn as text so that they can be read and mended here.
 *
 * A block is a line of characters and seven lines below it; each character is five columns wide with one between. */
#include "cli.h"
#include <string.h>

typedef struct block {
  const char *characters;
  const char *rows[GLYPH_HEIGHT];
} block;

static const block blocks[] = {
    {"ABCDEFGHIJKLM",
     {" ###  ####   ###  ####  ##### #####  ###  #   #  ###    ### #   # #     #   #",
      "#   # #   # #   # #   # #     #     #   # #   #   #      #  #  #  #     ## ##",
      "#   # #   # #     #   # #     #     #     #   #   #      #  # #   #     # # #",
      "##### ####  #     #   # ####  ####  # ### #####   #      #  ##    #     # # #",
      "#   # #   # #     #   # #     #     #   # #   #   #      #  # #   #     #   #",
      "#   # #   # #   # #   # #     #     #   # #   #   #   #  #  #  #  #     #   #",
      "#   # ####   ###  ####  ##### #      ###  #   #  ###   ##   #   # ##### #   #"}},
    {"NOPQRSTUVWXYZ",
     {"#   #  ###  ####   ###  ####   ###  ##### #   # #   # #   # #   # #   # #####",
      "##  # #   # #   # #   # #   # #   #   #   #   # #   # #   # #   # #   #     #",
      "# # # #   # #   # #   # #   # #       #   #   # #   # #   #  # #   # #     # ",
      "#  ## #   # ####  #   # ####   ###    #   #   # #   # # # #   #     #     #  ",
      "#   # #   # #     # # # # #       #   #   #   # #   # # # #  # #    #    #   ",
      "#   # #   # #     #  #  #  #  #   #   #   #   #  # #  ## ## #   #   #   #    ",
      "#   #  ###  #      ## # #   #  ###    #    ###    #   #   # #   #   #   #####"}},
    {"abcdefghijklm",
     {"      #               #         ##        #       #      #  #      ##        ",
      "      #               #        #  #       #                 #       #        ",
      " ###  # ##   ###   ## #  ###   #     #### # ##   ##     ##  #  #    #   ## # ",
      "    # ##  # #     #  ## #   # ####  #   # ##  #   #      #  # #     #   # # #",
      " #### #   # #     #   # #####  #     #### #   #   #      #  ##      #   # # #",
      "#   # #   # #   # #   # #      #        # #   #   #   #  #  # #     #   # # #",
      " #### ####   ###   ####  ###   #     ###  #   #  ###   ##   #  #   ###  # # #"}},
    {"nopqrstuvwxyz",
     {"                                     #                                       ",
      "                                     #                                       ",
      "# ##   ###  ####   #### # ##   #### ####  #   # #   # #   # #   # #   # #####",
      "##  # #   # #   # #   # ##  # #      #    #   # #   # #   #  # #  #   #    # ",
      "#   # #   # ####   #### #      ###   #    #   # #   # # # #   #    ####   #  ",
      "#   # #   # #         # #         #  #  # #  ##  # #  # # #  # #      #  #   ",
      "#   #  ###  #         # #     ####    ##   ## #   #    # #  #   #  ###  #####"}},
    {"0123456789-/.,?",
     {" ###    #    ###  #####    #  #####  ##   #####  ###   ###                          ###  ",
      "#   #  ##   #   #    #    ##  #     #         # #   # #   #           #            #   # ",
      "#  ##   #       #   #    # #  ####  #        #  #   # #   #          #                 # ",
      "# # #   #      #     #  #  #      # ####    #    ###   #### #####   #                 #  ",
      "##  #   #     #       # #####     # #   #  #    #   #     #        #                 #   ",
      "#   #   #    #    #   #    #  #   # #   #  #    #   #    #        #      ##   ##         ",
      " ###   ###  #####  ###     #   ###   ###   #     ###   ##                ##    #     #   "}},
};

int font_pixel(char c, int x, int y) {
  if (!c || x < 0 || x >= GLYPH_WIDTH || y < 0 || y >= GLYPH_HEIGHT) return 0;
  for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
    const char *at = strchr(blocks[i].characters, c);
    if (!at) continue;
    size_t column = (size_t)(at - blocks[i].characters) * (GLYPH_WIDTH + 1) + (size_t)x;
    return column < strlen(blocks[i].rows[y]) && blocks[i].rows[y][column] == '#';
  }
  return 0;
}
