package awsjson

import "unicode/utf8"

const hexDigits = "0123456789abcdef"

// plain are the bytes that stand for themselves.
var plain = func() (plain [256]bool) {
	for c := ' '; c < '\x7f'; c++ {
		plain[c] = c != '"' && c != '\\'
	}
	return plain
}()

// appendString writes a string as the SDK does: unlike encoding/json it leaves
// <, > and & alone and escapes DEL.
func appendString(buf []byte, s string) []byte {
	buf = append(buf, '"')
	done := 0 // s[:done] is written
	for i := 0; i < len(s); {
		if plain[s[i]] {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if text := replacement(r, size); text != "" {
			buf = append(append(buf, s[done:i]...), text...)
			done = i + size
		}
		i += size
	}
	return append(append(buf, s[done:]...), '"')
}

// replacement is what stands for a character that cannot stay as it is: what
// JSON escapes, the two that end a line in JavaScript, and a byte that is no
// character at all. It is empty for one that stays.
func replacement(r rune, size int) string {
	switch {
	case r == '"' || r == '\\':
		return `\` + string(r)
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < utf8.RuneSelf:
		return `\u00` + hexDigits[r>>4:r>>4+1] + hexDigits[r&0xf:r&0xf+1]
	case r == '\u2028':
		return `\u2028`
	case r == '\u2029':
		return `\u2029`
	case r == utf8.RuneError && size == 1:
		return string(utf8.RuneError)
	}
	return ""
}
