// Tables written by pyarrow 25, gzipped: three images of 2 × 2 pixels, red 10, 20 and 30. ViLT's have a list of captions per
// image (and columns of other types), Hugging Face's have structs of bytes and path.
import { gunzipSync } from "node:zlib";

const unpacked = (base64: string): Buffer => gunzipSync(Buffer.from(base64, "base64"));

/** ViLT's, as an Arrow file of 2 and 1 records. */
export const viltArrow = unpacked(
  "H4sIAAAAAAACA+1WT29SQRCffTzgQV4NUWJeGg/E9IA3vfXgAQwqJAaVmNibINDyUgukxUhvxmhSTWPQkxoPHP0X49FjE6/Gg+kH6AfowQ+g4s" +
    "y+XXyMDwr1ZOImw+zs/GZ2dnaGfdlS6fL1MwADHHsCIAE04mBDBMJg4QyHMMFE1vg5GBCPINUQu498h9aRTiOR7jti0CBCfhy1Boov36qs0Hwb" +
    "MQsDiTMId8KHs5DctcpK/YZbI/mz9Acigz9Lno2d9NlgGEByFKlaaXfcVhP20ea+hw0HxeF26ms0TyLmnYczOS6s40B+FjG7Y/ZeUPONVbdNdg" +
    "3EJTAiC7MUxSxSRr2cTo6lL+2coR350Ha0Zw4pxWxX3WbNy5klV+jXlrKNFJUyOfDsvDuke36lcgYSn1Q3bUtbMEypc4b3ER/61rXhINJUmktq" +
    "3YDfIwTjh614QnG/nWBy0Hp30+N0Dsvwn+P46DlCpjxDWWgvLG7xZ9zHZohbu3WYPs3s0r66BtUnfvtFhl9k/vKK72g/YhSvZY13mF7LOu60ko" +
    "8qOcPwWtbnWmJ6LfuXrYB7M9g5xRj9ODk0I57vEWbrgskVn1xAeqrmD68UL87F56lE5gr5XEltZVCtwY/dFxuUy0Iue637srp3swwnI1YYRBFO" +
    "vdn++kA6O1/MvT9XvjeLo0RFOTIew9X5/PMLh3XUq+rchFguY0hHkFrNeudOK/XpdaexXq8vt26ve5goq9MYy+m0/daHyf0mpuw3k8UDTLZYPw" +
    "KTLdafcICs8SlfTdBoM3yb4btM32X6u+w8Wwy/xfA9lvdnENxvYkLtwwG98TeymGKPwox91Kuq8g99gc23j8pP/OUf4F9+S6jKjY2JZSDfa68e" +
    "vDfOkq+qrTzQw5lRviikj+oPJaG4fjfSkdH1Povnm8J9CKiv/99L//73UgbvPSu/kX8BXL4sMioLAAA=",
);

/** Hugging Face's, as an Arrow stream of 2 and 1 records. */
export const streamArrow = unpacked(
  "H4sIAAAAAAACA51SPUsDQRCdvewla7jAFSJHsBAr/Rcq8eOaEMUi5V1CMEKEgCkurWChiKidYmEpKv4GSysJYmGZ0j8h58zenJ6LSJKBubez99" +
    "7s7MzGcRwrAeACWREcyIMNCldoQmIMGCn8Sv4CWOhLvO6iHokW6ed4j8xG74SNVkfrHfSC1lNW0t4mupKX0VHeGvo063f3wp0W4g1y3xO+Ted4" +
    "mXN0DWGvTetn5LioVniHgq7c5XsJSThr1Nfo91r7ek9+72OKeEEkNZA5MMMdcXRGyEl9PggmYKc8/CO5Zw+Q9NKCH5uC0c1hdBmfGAcGb2Dwh4" +
    "w5xg+Dn8ZeZk8adcIEMZmPfsHro1p1vVQsUytK/kZliyWWou/n2xX12/Ury9vRdXPYCGA+r2wQVVi8O3k91MlWq5XHleBgnERuyImsU9gsb1yu" +
    "TZrorJmONr1nFEW/7iqMPoz6Xrrw/3sRE74XZaDPWDd4dYMXGPdpG/y2wU/fizB448ZpjeNNhcebe4H+/XFwnh2vcVb0x3wIvwAAKqBs6AQAAA" +
    "==",
);

/** The same as an Arrow file with compressed columns. */
export const compressedArrow = unpacked(
  "H4sIAAAAAAACA+VUO0sDQRCevVfOcIGVWJxBQRLE2GmXMpGo2cIYg2B7lxBUiCCYIulCxMIHvjrFwlIUrPMTrCzEQkiTn+AfkDi7t5fHNWrtwN" +
    "zM7H3z2pm7TLG4vrUI0EMyCQAFTmGwwAAdTNSQiIY2oGXiU5NPAAU5LfV99Eegwv1n5BknHbnqlipV4W8hh4Q/j8p9Hzy/iD3kx+MWkCek/+6e" +
    "u11BeY/YDw+v8zz2UB5Rg1vb4foLYih6m9hDSFROZV9E43IqUF+pUasciDOtf87vI0W8GjhZmM27EUtEBFUTcZIE+mThCRX342HaMhePoQ5g/T" +
    "xj8HuakzIp5amU7QCuHcB3pYz5ABJwIKNx/btUA7C/2tSPFV+znXQLzSY3GfI1csfHdUZxNVQ/9eNCfjUSjvHdi7Bctsh3QgNqGtCb/nq/5bOi" +
    "LJvZrN+VuyUH4oapA8nD/OPZ25HIspzPPi85LQaTCeoyuFDOYSOWu1lhMJu4LDM4VF+h8XTiXDEoCORPdRO5lmqwX4lDs1mv1wf926Pvx1GNYp" +
    "QoMaGpDN1TT+yzl9fCTTHE9lBvx3ASKTkbTRZhy3ml/bkF5vlfvtEF7Dsj/l3fat/ZScIEAAA=",
);

/** Hugging Face's as Parquet, in row groups of 2 and 1, compressed by Snappy. */
export const snappyParquet = unpacked(
  "H4sIAAAAAAACA4WUQWgTQRSG37ydjGtoZCnO0Ck5LGKHBtpihXjKpRK1gSTE4rGUbOJqC6mNSdQWPIkelCLqSYMnEQ8qPUgPPYonTx7EY5GePH" +
    "j04E3x7W4CbbaNy7DzZh7f/97/FrYytzArudxGucuKFMAoQJctFgDgYaV8KZUcT1KYKsznF2hHxsFmYufPt26bjk4hP3dl/WV9r1aFU8JOACtD" +
    "5u3m1weUg8KFcn7rfPUeSX0oAXe8VKmIj+Hy+PyLi/vzEuSoVFNU25FCijSljrtIb47MQrpOyhNFiWFnCYdRYn0YwoGuXXm6b8bJQe9hvf1omk" +
    "UFu4xWv2TpP7N4PzCLJ/XeLKwvsPHuUfXpYV5xsDQiQxjq9UjEkSf7iJ3GAY9xioWUXszCmGjXl/1VT3LI4lhiZdW77lMsRyboVNvo+O0o5k2v" +
    "szwBxUBE8iDZ8Gp+A5TQUzpnIC1HdBaEoycjjYiVqLjatNQOmvto7Ewwb5AYdObQllOvUQt9jqZOsnGRsGiosaSumZ9oPmJcgh9U4JFCr78Q7q" +
    "i75odl3lgxOCO0CUn1nStubNXlMNQNql9M/WZmN2Fe8Xgvz1jUDA61g6GdT8I8F3EJPKgQs4PqqmqYrWPmrzjcTkCqbUshdag+WzDpNr3WzVt+" +
    "Z7rebE57rdbaHfe232qvrN1wz2ZnzszM6hx91WiBIrxCv4N/7P70chMEAAA=",
);

/** The same, compressed by Zstandard. */
export const zstdParquet = unpacked(
  "H4sIAAAAAAACA5WUz2sTURDH582+bLchhaXwHn0hwlLsI4G22kI85RKJ2oUYYvEokk1cbKC1Mbtqe6sBQUsR9SAaPHjwpCJF6sVjTyLiQTx4EO" +
    "mhf4FHseDbbNQua3+47O7M8mU+8515sNXi7BSjbAPZF1JWCQwDZN8c27G6RzTwEzYA3KlWzgwl00mVDtkzpVkVMXiM4L3zueupYNql4vmlJ42t" +
    "eg1GdSMBpAK552ufbikN7FOV0quTtY7p4F04l555fFqDFe/d+uDqpmDAhtnRcdXZZDrTM9BvP2iHXSgSDZWaZJkyw7/2EjkAovSlQwAoKNVi05" +
    "H5zJvw5yL9eCCLhGa6hL0kETtnmwj/u6t7jf6utI+w/GK1dn/3rn5bwT2sIBKEw+zlIIDJRiMAoxjqu/exJ4P0GOJCHkZ0rzHnLjiMQh5HEs0F" +
    "57KrcpYaU1/1Zd/1wpy2HH9uDMoBi9FAnHfq7jxwXYyLgoQMS4k86KbIhoywlqU45Wsa30S5gtLIBUcEDAODpgoF/gyFLk6oE1LYOKTXtMe4yD" +
    "tEdjT5HuMMGkXQENE32Kv2+SMiu1R+0GLVOV3IXin/RjmVBv9KYd95kH8n/CHKdV1u07iZByR0g/sOhOFArwfkDz3OwCgiNhDyS/w2kW8N+XPg" +
    "3wMFpXxD46g88qcUslbLaV+95voTjVZrwmm3F29Y192211y8Yk3nJ49PTomCOtnwhrQqr6r/yy+L63q7ZAQAAA==",
);

/** The same, compressed by gzip. */
export const gzipParquet = unpacked(
  "H4sIAAAAAAACAwtwDDIUZRHdwiR6hdEHyGAQYmCQ7+ZgAAEm5s8pCQkveD4UP3866RGTUaWtbUxTg4kwR3HDif3haaLMmoz+4scndFme5J8kJD" +
    "HlhkWEpMRfCZPwrzFZrKcMK3b92rmm2Cvjk8pFg0aXFYk+tTyNQXLGdyfwMjNsOM8YNQtogyiDqJColQ7QXgFRNlE2GQZky5OTEhISEpNS0pgY" +
    "dnNND+YEqWcR5RI18hFlQnNnMtCdKxgYFqvPWcpKrLGJDAwBf298ghqrIGqC6f3khAYGNw1ehtPeggoCxJmbAnJu6FIlR6i5sxhFNzBiOpjYgB" +
    "WeJAwJ2BnnDUPWvfOawTEl+UPJ1+LI51MusDCwqL/X90VyFxNOdyUlpSQxMJStP6RNRjCSYKyAqB4WY5MaGBhEbrCrcxBnaArI0BkM5ZYQQyVj" +
    "TBkk2IqTM1JzE0VZGEyZJFgzcxPTU4FsUR5VIC+psiS1GMJmKUgsyVBl8JEB6wRJ5iQmpeYwiLFJ6kjaqDHIiPJImjKwCUhqQMyA6BVlEWMR62" +
    "EWu8Kk9odRjUMTFMMMokwgtwoAKRuxJUySbJJmDAwsQGMxDQFbCjYjTmwdo9oqZrU7TJhmsKAawQIxAupAsO4SsQ2MardY1LpYMHRrskmqgbWK" +
    "3QOqVOMQ28TKgNc/TGKfGMU2MKl1savtYsV0zCRGiGuY8HqICeKhHRxqr9gxzWBCNQLDQ0xiKWKrGNUecarN4MTuIZBWsS3MYkxAN4p1sDJoKB" +
    "QkFhWWppboJhcU6CYWFeWXK5SlFhVn5ucpGJnqGegZStoAYxaCGKSA2gOAxRcAKcWSi8MEAAA=",
);

/** ViLT's as Parquet. */
export const viltParquet = unpacked(
  "H4sIAAAAAAACA4WSz2vTUBzAv+/l9TUrKwTZeySjhzC6h4WubELAQy6TWFdISx0eBRtjdIW2qWnm9CooKiL1qHge/sKDB/EueNxBdhIPHgbe/A" +
    "8Uv+mPMdjBkLxv8v3m+8knX157c3tDMHGgib/EF1zAGYBf5GoDAB63W5eKheUC3hYbW942RkoY6IR//nP4coSPRsPbvHL3VfjzegdWuJ4D0oLK" +
    "26ffHmANGhdb3ocLnfuI+tgEZgTFZok+g8vLWy/qvzExDotNXzuAe++edJ6fbBAgloRZRRkDL17CUqFMceWEamVAW0/UfaFPXFc8DSvxIOIY0r" +
    "3Y/vImRwrVnSSKGGZuxrsJ8mxRrmLDMc9wM55Gs1XXqHaUUddFbT4Bk+Vhgbg6TI+FWfyvmdVzwOSjcCfqB4KDWFylZq7bD25F4FAzHwbDtBsP" +
    "BBXcd7HNYSbrdUepoNNX81Ev6keDdBX8jC0Y5vRJ+7XuDZDcKlmugpJYtBzghjVDCyq5fM3kD6r2qdIrVfwXyJCAmhRc+UmzuKUgm9CJ7vNznY" +
    "nC/NMI0+U+ke+J+qqpI3qaVrYUp1Y9m9wMyGY6x6oTo4dEPiLqO1NjdgpSmfvIQy650uU4B2ftYZDc3o3StXA4XAuSJN6z70TJCA3tc05tvbZh" +
    "uTiV6Qk9AtDGvfsPyQ/KqsACAAA=",
);

/** Two records, the second without an image. */
export const gapParquet = unpacked(
  "H4sIAAAAAAACAwtwDDIUZRGdxQhEPqJMogxCDAy+MZ4MDAydAX7uvFxSXEAmr6eHSxCQZmJkYeBgZFvz98qsYiBXwNPFMaRiTvKDpAQGJTYOVg" +
    "ZGPwbNVT2XWoFyDJ6ufi7rnBKaRBlEhUTFdIB2CIiyibLJAKU4FZiAJDMjIxMDUFhEVMIHSIEs5lJhBEokgogknPpYGBmZmURZJG1MGSTYipMz" +
    "UnMTRVkYRHlUmSRYM3MT01MhbJaS1IoSVQYfkEYxFkkZSR01BhlRHklTBjYBSahKUSYxFrFPjGLfGNUOMapxaIJsYxAFuooBaCkTg43YJEZJNk" +
    "k1JpC1yLrBZoM1Z4gVqG1iUvvHiKmXBaSVgQVk/S2gUjUOsWdMDBoKBYlFhaWpJbrJBQW6iUVF+eUKZalFxZn5eQpGpnoGeoaSOkAXgxz9GIgD" +
    "gLEDAFvF9rmiAQAA",
);

/** Twenty records with an image and two texts each, as an Arrow file of 8, 8 and 4 records: `text 0` and `text 1` of the first. */
export const twentyArrow = unpacked(
  "H4sIAAAAAAACA+1XTUhUURQ+7/lm5jWO00vUNPKHamGtfO+lWQSlTukEjSlaSovGzDLIkHJRi8BqU5TTjwQSLvohMuh3UVgrKSrbTAURVpuCoLa6Mwo7" +
    "995za2YabLy7oAvfuT/v3O/ed96533uvprm5cZsNMINlHAAsYMUPAfCCB0xsYdEM7AP2TLQGWQAdsY/aN3E+OgbysL2YxjREHrX7ug71MapL6DchfD1s" +
    "rUK6DlTv7evqYe1x9LFwton78PHVLdqbZlgJa7DiYfN6OvZ08TGDj7P7MTWxPisBKKA7CnA2yDL42kNZ5IB3WohXDLrnYYqFCb9LYju1LKO6nOp+XdQj" +
    "erKf7Ev/VynXZT9E/ULaX3+CT1aavaT2rTR7ZJwDiLeIUoxNN+Ie4huijtY9uSVSn+NfxEKQE24INdNj1k1mf7y5eBCr7HCopuXQ+87oei9AELQ1lcZW" +
    "Nje8IRK6XRs9lgmHRRwfd0Zhidf0gBaB5bUDR/yqRFYHEekxaJoKV71QJTrbSURZcThcd+pliSrRqygReYJw+X5L6TpVogoZI28EXry9e/+WKtFdGSNf" +
    "DCahNXtSlahXxsiMa0X7H31pVCUyZYz8Qa3m+tPi7UDe7Ax7Ka/9/PyyVEvOay+N55KOlNC5WoGoQFQh1iLqEJsQTYg2xA7EbuJgulRWwa3NrcOty+1K" +
    "biu5reJ2FbfV3K4Ws2iymG2L6baYbwsCWzDYgsIWHLYg+a9Tf5Yw4jziA1sfY9ODeICYQTTMQadmTTKVbD0hD2J2RNtb4Pt8WpWoQR7EQEw79yS6daEq" +
    "0bg8iDlx7eGBK3fGVIlGZIzmB7VPre/KOlWJumWMrIg+r71oWnlHX2WMFsR0+8z3+mFVoqFnYxAKWH7IjevtU8cHi1SJ2saIKC+oz0WnfDSWT98tS0mj" +
    "8LMLqhHsxbARsRnRgmD5uZN90yB6E3UqrYLYQoccoUMOqZjQIUfokCN0yBE65AgWR7A4gsURLK5gcQWLS2KILJnq1Kg2u04ZGeqUXKdQ6hbxrteS/WRf" +
    "+relXJd9qWP91K9O0SkjZX3jL7qVTqfmqkuJ+XR07YUFyh8IbU+JKD+i32i/tqxXlWjiMREVxPTXWwbLG5SJnhPRwrg+XXm12JdIJOOXen4yPS+/zkNC" +
    "frJKZLkrstwVWe6KLHdFlrurZ/i/h8jFAGaNl2ewJXIYd7OLzqBBeTEh31P0fOV7uN+Tfrzcnzw+qiXm0L/z/1SGi9fwf8OfIBnDdyIOAAA=",
);

/** The same as Parquet, in row groups of 7, 7 and 6. */
export const twentyParquet = unpacked(
  "H4sIAAAAAAACA5WVS2wbVRSGz9x5+DWeTirujSdywULtyEVuZI8zeSBLbYqhtuSYUKVVI7KwaywaqXGNE0pZVOLRhYFiSluqKmTR8hABQYkQRZBVBG1p" +
    "N+YhhAB1URCCCKGIRllQySDOdR0TYorI4h/PObrnnP98MxoP9u+MUIm+7aRlMUU1CusBTkkjcQB4ZjC9w+vucOOtN5mI78RfIkjgFJQzf3w1OY6hJxnv" +
    "Hzr0XS6zTQHQQLjblnZjGpL3puPntmeeSsKpBIDuTcSu7c3AnYpTBiENm7c/f1g4/MMASHrWO+AnFXhgMdl9ZWESpGM5TIhVePye5z67fQFPfJ7BhKzB" +
    "2fNDd2zFBIQjXX4lDVe+njn/Do9nIl0pRwWuwy7P9ZWjKVBGO0K4kU4Vqvi52yDBqyaIYvlSB+58htCTQor66zsfEzbiDjCRPzQRCFM3RFAWKorqQtmo" +
    "blQPqpe6pT5H20NSJGx4IGJ4QpZjuTYSxcmd1Aph3+bk9j0iXuW37uIG/KIk69bQwdOzVwFdfOCkTzTJvyyNJP+T/IcN8nqDfDHX4OqsCkZh9uf7/4kf" +
    "3kOGTs7QrQn9b1zc8CCHWt6LCU9aGGWOH4/yRII/B7UivPhJZnc7p3oZKXurwkelV96d4/E0xus04ftd3wZyPN6H1PU0cQ0bN+bWSP19Qo83qU8Kwb/J" +
    "dSFMG9WN6kH1ovqoR7IalMFCRQ2PUcC7QtjqbpZaPWuEPuWg8yRF1bqJqrhG6PPZBvS2Com8UNsx1Qp92+lLcxBXdTesr5LhxadPGJzznjnkfJtGnoy9" +
    "1LZ1ETlexJimyZvDr28s8gPffIwJViFfDJ4IJviBT70DqfYquWG/usHxb6DV1aDVOmiCO5YJPYKgffUdj6wAbS2Dja4CC6ueQKi3WRPtWybsayXs5oN9" +
    "TcKAhI0RG3zKeG5ffixLJaDqJuKTR8eyD+fBJj6J96SEKqkYVtqST9o/Oo6Jm+cc+f35sXxhYhOk+BQWNGJGyAQ/VQ0bFN1oNKKEaazsYvOiOSOazs0h" +
    "3Bl4D0CHBGJsyWEohonfJYAV1b314fWBy4Owk5+dFNlRYr4mm7+Jra1mBMPUNOM+/iZxS1Mq00wnW5Lhls6Ou9g10ZxymTW5td+fa7I2LbJniVnxmFdd" +
    "ra0urLI2y63VZPbLLb2p7HcHuyyaC5r5k6e14a9K3Zv6f7z5WI2wmmB+qZvn1rW2mkZvqlr35uPeltxMxZnsggzBQDFbeuTR/MSWXLG4JVsqHXgscDBf" +
    "Gh89UAhYdme4M2KE/DdXSuPrNYh/U38BB370EqsGAAA=",
);
