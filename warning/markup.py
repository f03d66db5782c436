"""What a page or a workbook writes for signs that it cannot, or will not, hold as they are."""

#: Blanks, line breaks (group ``line``) and signs that nobody sees (``unseen``) as a page or a
#: workbook writes them; in any case of its letters.
MARKUP = (
    r"&(?:amp;)?(?:nbsp|ensp|emsp|thinsp|#160|#xa0|#819[45]|#8201|#x200[239]|#12288|#x3000);"
    r"|(?P<line></?(?:br|p|div)\s{0,3}/?>|&(?:amp;)?#(?:1[03]|x0?[ad]);|_x000[ad]_)"
    r"|(?P<unseen>&(?:amp;)?(?:zwnj|zwj|shy|#173|#820[3-7]|#x200[b-f]|#8288|#65279|#xfeff);)"
)
